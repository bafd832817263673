import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import { ownProtocolRange } from "#protocol/version";
import { freePort } from "#test/support/ports";
import { runProcess, startProcess, type TestProcess } from "#test/support/processes";
import { startRelayProcess, type TestRelay } from "#test/support/relay";
import { connectRunner, joinRelay, newRunnerIdentity, scriptedRun } from "#test/support/runner-client";
import { skipBecause } from "#test/support/skip";
import { tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

describe("relay: behind nginx with TLS", () => {
  const temp = tempFolder("nginx");
  let relay: TestRelay;
  let nginx: TestProcess | undefined;
  let origin = "";
  let agent: Agent;
  let cookies = "";
  let relayPort = 0;

  const startRelay = () =>
    startRelayProcess({
      dataFolder: temp.at("data"),
      port: relayPort,
      args: ["--public-url", origin, "--trust-proxy", "1", "--keep-alive-seconds", "2"],
    });

  before(async function () {
    const found = await runProcess(["nginx", "-v"]).catch(() => undefined);
    if (found?.code !== 0) skipBecause(this, "nginx is not installed");
    const port = await freePort();
    relayPort = await freePort();
    origin = `https://localhost:${port}`;
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", temp.at("key.pem")];
    const name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const made = await runProcess([
      "openssl",
      "req",
      "-x509",
      ...key,
      ...name,
      "-days",
      "2",
      "-out",
      temp.at("cert.pem"),
    ]);
    assert.equal(made.code, 0, made.stderr);
    agent = new Agent({ ca: readFileSync(temp.at("cert.pem")), keepAlive: false });
    mkdirSync(temp.at("run"));
    writeFileSync(temp.at("nginx.conf"), nginxConfig(temp.path, port, relayPort));
    relay = await startRelay();
    nginx = startProcess(["nginx", "-p", temp.path, "-c", temp.at("nginx.conf"), "-g", "daemon off;"]);
    await until("nginx answers", async () => (await call("GET", "/healthz").catch(() => undefined))?.status);
    const secret = new URL(relay.link ?? "").hash.slice("#link=".length);
    const signedIn = await call("POST", "/api/session", { secret, name: "Olga" });
    assert.equal(signedIn.status, 200, signedIn.text);
    for (const cookie of signedIn.cookies) {
      assert.match(cookie, /^__Host-baton-/);
      assert.match(cookie, /Secure/);
    }
    cookies = signedIn.cookies.map((cookie) => cookie.split(";", 1)[0]).join("; ");
  });
  after(async () => {
    await nginx?.stop();
    await relay?.stop();
    agent?.destroy();
    temp.remove();
  });

  interface Answer {
    readonly status: number;
    readonly text: string;
    readonly cookies: readonly string[];
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  }
  const call = (method: string, path: string, body?: unknown, more: Record<string, string> = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const headers = {
        origin,
        ...(cookies && { cookie: cookies }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...more,
      };
      const sent = request(`${origin}${path}`, { method, agent, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.once("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            text,
            cookies: response.headers["set-cookie"] ?? [],
            headers: response.headers,
          }),
        );
      });
      sent.once("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const connect = async () => {
    const { ticket } = JSON.parse((await call("POST", "/api/tickets")).text);
    const socket = new WebSocket(`${origin.replace("https", "wss")}/api/viewer-link`, { origin, agent });
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "hello", protocol: ownProtocolRange, ticket }));
    const [data] = (await once(socket, "message")) as [Buffer];
    assert.equal(JSON.parse(data.toString()).type, "welcome");
    return socket;
  };

  /** A run of a runner that is connected directly, with one record of output. */
  const quietRun = async () => {
    const direct = `http://127.0.0.1:${relayPort}`;
    const { secret } = JSON.parse((await call("POST", "/api/join-tokens", {})).text);
    const identity = await newRunnerIdentity();
    const deviceId = await joinRelay(direct, secret, identity);
    const run = scriptedRun(identity.runnerId);
    const link = await connectRunner({ url: direct, identity, deviceId });
    link.send({ type: "run.begin", header: run.header });
    link.sendBytes(run.output("first"));
    await link.next("run.ack");
    return { run, runId: run.id, link, close: link.close };
  };
  const streamOf = async (runId: string) => {
    const sent = request(`${origin}/api/runs/${runId}/stream`, { agent, headers: { cookie: cookies } });
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    let text = "";
    response.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    response.on("error", () => undefined);
    return { text: () => text, close: () => sent.destroy() };
  };

  it("makes links and cookies for its public address, and knows the client's", async () => {
    assert.ok(relay.url === origin && relay.link?.startsWith(`${origin}/#link=`));
    const { headers } = await call("GET", "/api/session");
    assert.match(String(headers["strict-transport-security"]), /max-age/);
    assert.ok(String(headers["content-security-policy"]).includes(origin.replace("https", "wss")));
    const forged = await call("POST", "/api/links", {}, { "x-forwarded-for": "203.0.113.7" });
    assert.equal(forged.status, 200);
    const audit = JSON.parse((await call("GET", "/api/audit")).text);
    assert.equal(audit.entries[0].from, "127.0.0.1", "what the client says of itself does not count");
    const direct = await call("POST", "/api/links", {}, { origin: `http://127.0.0.1:${relayPort}` });
    assert.equal(direct.status, 403, "only the public address is ours");
  });

  it("keeps an idle wss socket open past the proxy's patience", async () => {
    const socket = await connect();
    let pings = 0;
    socket.on("ping", () => {
      pings += 1;
    });
    const { runId, close } = await quietRun();
    const comment = await streamOf(runId);
    await delay(1.25 * proxyPatienceMs);
    assert.match(comment.text(), /^: /m, "an idle event stream is kept open by comments");
    comment.close();
    close();
    assert.equal(socket.readyState, WebSocket.OPEN);
    assert.ok(pings >= 1);
    const heard: string[] = [];
    socket.on("message", (data: Buffer) => heard.push(data.toString()));
    await call("POST", "/api/invitations", { role: "viewer" }).then(({ text }) => {
      const secret = new URL(JSON.parse(text).url).hash.slice("#invite=".length);
      return call("POST", "/api/session", { secret, name: "Ben" }, { cookie: "" });
    });
    await until("Ben is shown", async () => heard.find((text) => text.includes('"name":"Ben"')));
    socket.close();
  });

  it("streams events at once, and a restart is a short break", async () => {
    const { runId, run, link } = await quietRun();
    const { text } = await streamOf(runId);
    await until("the first record", async () => (text().includes('"first"') ? true : undefined));
    const at = performance.now();
    link.sendBytes(run.output("second"));
    await until("the second record", async () => (text().includes('"second"') ? true : undefined));
    assert.ok(performance.now() - at < 1_000, "nginx does not hold it back");

    const socket = await connect();
    const closed = once(socket, "close");
    await relay.stop();
    await closed;
    relay = await startRelay();
    await until("it answers again", async () =>
      (await call("GET", "/api/session")).status === 200 ? true : undefined,
    );
    (await connect()).close();
  });
});

const proxyPatienceMs = 4_000;

const nginxConfig = (folder: string, port: number, relayPort: number) => `
error_log ${folder}/error.log;
pid ${folder}/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/run/body;
  proxy_temp_path ${folder}/run/proxy;
  fastcgi_temp_path ${folder}/run/fastcgi;
  uwsgi_temp_path ${folder}/run/uwsgi;
  scgi_temp_path ${folder}/run/scgi;
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${folder}/cert.pem;
    ssl_certificate_key ${folder}/key.pem;
    location / {
      proxy_pass http://127.0.0.1:${relayPort};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_read_timeout ${proxyPatienceMs / 1_000}s;
    }
  }
}
`;
