import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { endpoints } from "#protocol/api";
import { rawRequest } from "#test/support/raw-http";
import { type PairedRunner, type RelayTeam, startTeam } from "#test/support/relay-team";
import { type RunnerClient, type ScriptedRun, scriptedRun } from "#test/support/runner-client";
import { until } from "#test/support/until";

interface StreamEvent {
  readonly event: string;
  readonly id: string;
  readonly data: { readonly [key: string]: unknown };
}

describe("relay: streams", () => {
  let team: RelayTeam;
  let runner: PairedRunner;
  let link: RunnerClient;
  before(async () => {
    team = await startTeam();
    runner = await team.pair();
    link = await runner.connect();
  });
  after(async () => {
    link.close();
    await team[Symbol.asyncDispose]();
  });

  const begin = async () => {
    const run = scriptedRun(runner.identity.runnerId);
    link.send({ type: "run.begin", header: run.header });
    link.sendBytes(run.record("resize", { cols: 100, rows: 30 }));
    link.sendBytes(run.record("status", { status: "running" }));
    await acknowledged(run);
    return run;
  };
  const acknowledged = (run: ScriptedRun) =>
    until("acknowledged", async () => {
      const { acks } = await link.next("run.ack");
      return acks.some((ack) => ack.runId === run.id && ack.seq === run.seq) ? true : undefined;
    });
  const get = (path: string) => rawRequest(team.relay.url, "GET", path, { token: team.owner.token });

  /** Server-sent events as they come; a comment is an event named `:`. */
  const listen = async (runId: string, lastEventId?: string) => {
    const { hostname, port } = new URL(team.relay.url);
    const headers = {
      authorization: `Bearer ${team.owner.token}`,
      ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
    };
    const sent = request({ hostname, port, path: `/api/runs/${runId}/stream`, headers, agent: false });
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    assert.match(String(response.headers["content-type"]), /^text\/event-stream/);
    const events: StreamEvent[] = [];
    const news = new EventEmitter();
    let rest = "";
    response.setEncoding("utf8").on("data", (text: string) => {
      const blocks = (rest + text).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
        if (field("event")) events.push({ event: field("event"), id: field("id"), data: JSON.parse(field("data")) });
      }
      news.emit("news");
    });
    const ended = once(response, "close");
    const wait = (fits: () => boolean) => until("the events are there", async () => (fits() ? true : undefined));
    return { events, wait, ended, close: () => sent.destroy() };
  };
  const textOf = (events: readonly StreamEvent[]) =>
    events
      .filter(({ event, data }) => event === "log" && data.kind === "output")
      .map(({ data }) => data.text)
      .join("");

  it("sends status, log and done, resumes behind an id, and never cuts a character", async () => {
    const run = await begin();
    const euro = new TextEncoder().encode("€uro 🦊");
    for (const byte of euro) link.sendBytes(run.output(Uint8Array.of(byte)));
    await acknowledged(run);
    const stream = await listen(run.id);
    await stream.wait(() => textOf(stream.events) === "€uro 🦊");
    assert.equal(stream.events[0]?.event, "status");
    assert.equal(stream.events[0]?.data.status, "running");
    for (const { event, id, data } of stream.events)
      if (event === "log") assert.equal(id.split(".")[0], String(data.seq));

    for (const { event, id } of [...stream.events]) {
      if (event !== "log") continue;
      const resumed = await listen(run.id, id);
      const before = stream.events.filter(
        (one) => one.event === "log" && Number(one.data.seq) <= Number(id.split(".")[0]),
      );
      await resumed.wait(() => textOf(before) + textOf(resumed.events) === "€uro 🦊");
      assert.ok(resumed.events.every((one) => one.event !== "log" || Number(one.data.seq) > Number(id.split(".")[0])));
      resumed.close();
    }
    link.sendBytes(run.record("exit", { end: "exited", exitCode: 4 }));
    await stream.wait(() => stream.events.at(-1)?.event === "done");
    await stream.ended;
    assert.equal(stream.events.at(-1)?.data.exitCode, 4);
    const states = stream.events.filter(({ event }) => event === "status").map(({ data }) => data.status);
    assert.equal(states.at(-1), "ended");
    const late = await listen(run.id);
    await late.ended;
    assert.equal(textOf(late.events), "€uro 🦊");
    assert.equal(late.events.at(-1)?.event, "done");
  });

  it("waits for a reader that is slow, and loses nothing", async () => {
    const run = await begin();
    const { hostname, port } = new URL(team.relay.url);
    const sent = request({
      hostname,
      port,
      path: `/api/runs/${run.id}/stream`,
      headers: { authorization: `Bearer ${team.owner.token}` },
      agent: false,
    });
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    response.pause();
    for (let i = 0; i < 256; i++) link.sendBytes(run.output("x".repeat(16 * 1024)));
    link.sendBytes(run.record("exit", { end: "exited", exitCode: 0 }));
    await until("ended", async () => ((await team.run(run.id)).status === "ended" ? true : undefined));
    let length = 0;
    response.setEncoding("utf8").on("data", (text: string) => {
      length += (text.match(/x{100}/g) ?? []).length;
    });
    response.resume();
    await once(response, "close");
    assert.ok(length >= 256 * 160, `${length}`);
  });

  it("exports asciicast v3: intervals, sizes, exit", async () => {
    const run = await begin();
    link.sendBytes(run.output("hello ", new Uint8Array([0xe2, 0x82]), new Uint8Array([0xac])));
    link.sendBytes(run.record("resize", { cols: 120, rows: 40 }));
    link.sendBytes(run.record("status", { status: "needs-you" }));
    link.sendBytes(run.output("bye\r\n"));
    link.sendBytes(run.record("exit", { end: "exited", exitCode: 3 }));
    await until("ended", async () => ((await team.run(run.id)).status === "ended" ? true : undefined));
    const answer = await get(`/api/runs/${run.id}/cast`);
    assert.equal(answer.headers["content-type"], "application/x-asciicast");
    const [header, ...events] = answer.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.equal(header.version, 3);
    assert.deepEqual(header.term, { cols: 100, rows: 30, type: "xterm-256color" });
    assert.equal(Number.isInteger(header.timestamp), true);
    for (const [interval] of events) assert.ok(typeof interval === "number" && interval >= 0 && interval < 60);
    const data = (code: string) => events.filter(([, kind]) => kind === code).map(([, , text]) => text);
    assert.equal(data("o").join(""), "hello €bye\r\n");
    assert.deepEqual(data("r"), ["120x40"]);
    assert.deepEqual(data("m"), ["running", "needs-you"]);
    assert.deepEqual(events.at(-1)?.slice(1), ["x", "3"]);

    const log = await get(`/api/runs/${run.id}/log`);
    assert.equal(log.text, "hello €bye\r\n");
    assert.match(
      String(log.headers["content-disposition"]),
      /^attachment; filename="Fix-the-login-test-[0-9a-f]{6}\.log"$/,
    );
  });

  it("pages runs, newest first, open and ended ones in one list", async () => {
    const paged = await team.pair("paged");
    using pages = await paged.connect();
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) {
      const run = scriptedRun(paged.identity.runnerId, { body: { title: `run ${i}`, cwd: "/", command: "echo" } });
      ids.push(run.id);
      pages.send({ type: "run.begin", header: run.header });
      if (i % 2 === 0) pages.sendBytes(run.record("exit", { end: "exited", exitCode: 0 }));
      await until("there", async () => {
        const found = await team.run(run.id).catch(() => undefined);
        return found && (i % 2 !== 0 || found.status === "ended") ? true : undefined;
      });
    }
    const list = (query: string) => get(`/api/runs?runnerId=${paged.identity.runnerId}&${query}`);
    const seen: string[] = [];
    let cursor = "";
    do {
      const { json } = await list(`limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...[...(json.runs ?? [])].map(({ id }) => String(id)));
      assert.ok((json.runs?.length ?? 0) <= 2);
      cursor = String(json.next ?? "");
    } while (cursor);
    assert.deepEqual(seen, [...ids].sort().reverse());
    assert.deepEqual([...((await list("status=ended")).json.runs ?? [])].length, 4);
    assert.deepEqual(
      [...((await list("q=RUN+3")).json.runs ?? [])].map(({ body }) => body?.title),
      ["run 3"],
    );
  });

  it("describes itself in OpenAPI 3.1, endpoint by endpoint", async () => {
    const { json: document } = await rawRequest(team.relay.url, "GET", "/api/openapi.json");
    assert.equal(document.openapi, "3.1.0");
    const paths = document.paths as unknown as Record<string, Record<string, Record<string, unknown>>>;
    for (const [name, endpoint] of Object.entries(endpoints)) {
      const operation = paths[endpoint.path.replace(/:(\w+)/g, "{$1}")]?.[endpoint.method.toLowerCase()];
      assert.equal(operation?.operationId, name);
      const parameters = (operation?.parameters ?? []) as { in: string; name: string; schema: unknown }[];
      const named = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter);
      assert.deepEqual(
        parameters.filter((one) => one.in === "path").map((one) => one.name),
        named,
      );
      assert.equal("body" in endpoint, operation?.requestBody !== undefined);
      const responses = operation?.responses as Record<
        string,
        { content?: Record<string, { examples?: Record<string, { value: { code: string; status: number } }> }> }
      >;
      assert.ok(Object.keys(responses).length >= 1);
      for (const [status, { content }] of Object.entries(responses)) {
        for (const [code, { value }] of Object.entries(content?.["application/problem+json"]?.examples ?? {})) {
          assert.equal(value.code, code);
          assert.equal(String(value.status), status);
        }
      }
    }
    const text = JSON.stringify(document);
    for (const [, reference = ""] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = reference
        .split("/")
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key.replaceAll("~1", "/")], document);
      assert.ok(found, reference);
    }
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length);
  });
});
