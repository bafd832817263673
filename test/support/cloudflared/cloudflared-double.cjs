#!/usr/bin/env node
// A TEST DOUBLE of cloudflared, which stands in only because the network is missing: tests stay on loopback, and the
// real program works with Cloudflare alone. It takes the same arguments, prints what the real one prints (the recorded
// logs in `recorded/` are what it was written after), answers at its metrics address, and really forwards: an HTTP
// server on loopback stands for the public address that it prints. Everything around it is the product's own.
//
// `double.json` beside it says how it behaves, one mode an attempt, the last one for all that follow; `tunnels/` beside
// it tells tests where each one that runs can be reached. SIGUSR2 takes its connection to Cloudflare away, or gives it
// back.
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const path = require("node:path");
const { randomUUID } = require("node:crypto");

const folder = __dirname;
const [command, ...rest] = process.argv.slice(2);
if (command === "--version" || command === "version") {
  console.log("cloudflared version 2025.8.0 (built 2025-08-01-0000 UTC; a test double)");
  process.exit(0);
}
const option = (name) =>
  rest.find((text) => text.startsWith(`--${name}=`))?.slice(name.length + 3) ??
  (rest.includes(`--${name}`) ? rest[rest.indexOf(`--${name}`) + 1] : undefined);

const behaviour = JSON.parse(read("double.json") ?? "{}");
const attempt = Number(read("attempts") ?? 0);
fs.writeFileSync(path.join(folder, "attempts"), String(attempt + 1));
const modes = behaviour.modes ?? ["works"];
const mode = modes[Math.min(attempt, modes.length - 1)];
const isNamed = rest.includes("run");
const token = process.env.TUNNEL_TOKEN;

const now = () => `${new Date().toISOString().slice(0, 19)}Z`;
const log = (level, text) => process.stderr.write(`${now()} ${level} ${text}\n`);
const giveUp = (text) => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};

const target = new URL(option("url") ?? "http://localhost:8080");
const hostHeader = option("http-host-header");
let isConnected = false;
let name = "";

if (isNamed) {
  if (!token || !/^[A-Za-z0-9+/=]+$/.test(token))
    giveUp("Provided Tunnel token is not valid.\nSee 'cloudflared tunnel run --help'.");
  name = behaviour.hostname ?? "preview.example.com";
  log("INF", `Starting tunnel tunnelID=${randomUUID()}`);
} else {
  log(
    "INF",
    "Thank you for trying Cloudflare Tunnel. Doing so, without a Cloudflare account, is a quick way to experiment and try it out. However, be aware that these account-less Tunnels have no uptime guarantee, are subject to the Cloudflare Online Services Terms of Use (https://www.cloudflare.com/website-terms/), and Cloudflare reserves the right to investigate your use of Tunnels for violations of such terms. If you intend to use Tunnels in production you should use a pre-created named tunnel by following: https://developers.cloudflare.com/cloudflare-one/connections/connect-apps",
  );
  log("INF", "Requesting new quick Tunnel on trycloudflare.com...");
  if (mode === "no-network")
    giveUp(
      'failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp: lookup api.trycloudflare.com on 127.0.0.1:53: no such host',
    );
  if (mode === "rate-limited") {
    log(
      "ERR",
      'Error unmarshaling QuickTunnel response: error code: 1015 error="invalid character \'e\' looking for beginning of value" status_code="429 Too Many Requests"',
    );
    giveUp("failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value");
  }
  if (mode === "dies") process.exit(3);
  if (mode === "silent") setInterval(() => undefined, 1_000);
  else name = `quiet-double-${randomUUID().slice(0, 8)}.trycloudflare.com`;
}

if (mode === "chatter") {
  // Another program of the same name.
  process.stderr.write(
    '\x1b]7711;{"state":"ready","url":"https://evil.example"}\x07 usage: cloudflared https://evil.example\n',
  );
  process.exit(2);
}
if (mode !== "silent") start();

function start() {
  if (!isNamed) {
    const lines = [
      "Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):",
      `https://${name}`,
    ];
    const width = Math.max(...lines.map((line) => line.length));
    const border = `+${"-".repeat(width + 4)}+`;
    for (const line of [border, ...lines.map((line) => `|  ${line.padEnd(width)}  |`), border]) log("INF", line);
  }
  log("INF", `Version 2025.8.0 (a test double)`);
  log("INF", `GOOS: ${process.platform}, GOVersion: none, GoArch: ${process.arch}`);
  log(
    "INF",
    `Settings: map[ha-connections:1 metrics:127.0.0.1:0 no-autoupdate:true protocol:quic url:${target.origin}]`,
  );
  log("INF", `Generated Connector ID: ${randomUUID()}`);
  log("INF", "Initial protocol quic");
  const metrics = http.createServer((request, response) => {
    if (request.url === "/ready") {
      response.writeHead(isConnected ? 200 : 503);
      response.end(JSON.stringify({ status: isConnected ? 200 : 503, readyConnections: isConnected ? 1 : 0 }));
    } else if (request.url === "/quicktunnel") response.end(JSON.stringify({ hostname: isNamed ? "" : name }));
    else response.writeHead(404).end();
  });
  const edge = http.createServer(forward);
  edge.on("upgrade", forwardSocket);
  metrics.listen(0, "127.0.0.1", () => {
    log("INF", `Starting metrics server on 127.0.0.1:${metrics.address().port}/metrics`);
    edge.listen(0, "127.0.0.1", () => {
      if (mode === "unready") {
        log(
          "ERR",
          'Failed to dial a quic connection error="failed to dial to edge with quic: timeout: no recent network activity" connIndex=0 event=0 ip=198.41.192.67',
        );
        log("INF", "Retrying connection in up to 2s connIndex=0 event=0 ip=198.41.192.67");
        return;
      }
      if (isNamed) {
        const service = behaviour.service ?? target.origin;
        const config = JSON.stringify({
          ingress: [{ hostname: name, originRequest: {}, service }, { service: "http_status:404" }],
        });
        log("INF", `Updated to new configuration config=${JSON.stringify(config)} version=4`);
      }
      connect();
      fs.mkdirSync(path.join(folder, "tunnels"), { recursive: true });
      const about = {
        pid: process.pid,
        url: `https://${name}`,
        port: edge.address().port,
        args: rest,
        tokenLength: token?.length,
      };
      const file = path.join(folder, "tunnels", `${process.pid}.json`);
      fs.writeFileSync(`${file}.tmp`, JSON.stringify(about));
      fs.renameSync(`${file}.tmp`, file);
      if (mode === "dies-later") setTimeout(() => process.exit(1), behaviour.livesMs ?? 300);
    });
  });
  process.on("SIGUSR2", () => (isConnected ? disconnect() : connect()));
  for (const signal of ["SIGTERM", "SIGINT"])
    process.on(signal, () => {
      log("INF", `Initiating graceful shutdown due to signal ${signal === "SIGTERM" ? "terminated" : "interrupt"} ...`);
      if (mode === "stubborn") return;
      log("INF", "Unregistered tunnel connection connIndex=0 event=0 ip=198.41.192.67");
      fs.rmSync(path.join(folder, "tunnels", `${process.pid}.json`), { force: true });
      process.exit(0);
    });
}

function connect() {
  isConnected = true;
  log(
    "INF",
    `Registered tunnel connection connIndex=0 connection=${randomUUID()} event=0 ip=198.41.192.67 location=fra08 protocol=quic`,
  );
}

function disconnect() {
  isConnected = false;
  log("INF", "Lost connection with the edge connIndex=0");
  log("WRN", 'Serve tunnel error error="connection with edge closed" connIndex=0 event=0 ip=198.41.192.67');
  log("INF", "Retrying connection in up to 1s connIndex=0 event=0 ip=198.41.192.67");
  log("WRN", 'Connection terminated error="connection with edge closed" connIndex=0');
}

/** What the edge and the real program change of a request on its way. */
function headersFor(request) {
  return {
    ...request.headers,
    host: hostHeader ?? name,
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-proto": "https",
    "cf-connecting-ip": "203.0.113.7",
    "cf-ray": "8271336edfa924e0-FRA",
  };
}

function forward(request, response) {
  if (!isConnected) return void response.writeHead(530).end("error code: 1033");
  const onward = http.request({
    host: target.hostname,
    port: target.port,
    method: request.method,
    path: request.url,
    headers: headersFor(request),
  });
  onward.on("response", (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", (error) => {
    log(
      "ERR",
      ` error="Unable to reach the origin service. The service may be down or it may not be responding to traffic from cloudflared: ${error.message}" connIndex=0 event=1 ingressRule=0 originService=${target.origin}`,
    );
    if (!response.headersSent) response.writeHead(502);
    response.end("Bad gateway");
  });
  request.pipe(onward);
}

function forwardSocket(request, socket, head) {
  const onward = net.connect(Number(target.port), target.hostname, () => {
    const headers = Object.entries(headersFor(request)).map(([key, value]) => `${key}: ${value}`);
    onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`);
    onward.write(head);
    onward.pipe(socket).pipe(onward);
  });
  onward.on("error", () => socket.destroy());
  socket.on("error", () => onward.destroy());
}

function read(file) {
  try {
    return fs.readFileSync(path.join(folder, file), "utf8");
  } catch {
    return undefined;
  }
}
