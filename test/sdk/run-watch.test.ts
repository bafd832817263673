import assert from "node:assert/strict";
import WebSocket from "ws";
import { newId } from "#protocol/ids";
import { createClient, type SocketClass } from "#sdk/client";
import { type Connection, createConnection } from "#sdk/connection";
import type { RunStreamPhase } from "#sdk/run-stream";
import { type RunWatch, watchRun } from "#sdk/run-watch";
import { reached, ScriptedRelay } from "#test/support/scripted-relay";

const runId = newId("run");
const sink = { reset() {}, record() {}, changed() {} };

describe("run watch", () => {
  let relay: ScriptedRelay;
  let connection: Connection;
  let watch: RunWatch;
  let errors: string[];

  beforeEach(async () => {
    relay = new ScriptedRelay();
    const client = createClient({
      baseUrl: await relay.listen(),
      WebSocket: WebSocket as unknown as SocketClass,
    });
    connection = createConnection({ client, random: () => 0 });
    watch = watchRun(connection, runId, sink, () => 0);
    errors = [];
    watch.state.subscribe(() => {
      const { error } = watch.state.get();
      if (error && errors.at(-1) !== error.code) errors.push(error.code);
    });
    connection.start();
    await reached(connection, "live");
  });
  afterEach(async () => {
    watch.dispose();
    connection.stop();
    await relay.close();
  });

  const inPhase = (phase: RunStreamPhase) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (watch.state.get().phase !== phase) return;
        stop();
        resolve();
      };
      const stop = watch.state.subscribe(look);
      look();
    });
  const watches = () => relay.commands.filter(({ type }) => type === "run.watch").length;

  it("is begun again after what passes, until the relay serves it, and shows why meanwhile", async () => {
    const codes = ["timeout", "internal", "storage_full", "storage_failed", "storage_behind", "shutting_down"];
    relay.watchRefusals.push(...codes);
    watch.enter();
    await inPhase("live");
    assert.deepEqual(errors, codes);
    assert.equal(watches(), codes.length + 1);
    assert.equal(watch.state.get().error, undefined);
  });

  it("ends with the reason where another try would be refused as well", async () => {
    relay.watchRefusals.push("not_found");
    watch.enter();
    await inPhase("refused");
    assert.equal(watch.state.get().error?.code, "not_found");
    await connection.takeLease(runId).catch(() => undefined);
    assert.equal(watches(), 1);
  });

  it("is begun again where its log could not be read on, and not for keys that were refused", async () => {
    watch.enter();
    await inPhase("live");
    relay.say({ type: "error", runId, error: { code: "input_not_read", params: {} } });
    relay.say({ type: "error", runId, error: { code: "storage_failed", params: {} } });
    await inPhase("disconnected");
    assert.deepEqual(errors, ["input_not_read", "storage_failed"]);
    await inPhase("live");
    assert.equal(watches(), 2);
  });

  it("tries nothing more once it was left", async () => {
    relay.watchRefusals.push("internal");
    watch.enter();
    const refused = new Promise<void>((resolve) => {
      const stop = watch.state.subscribe(() => {
        if (!watch.state.get().error) return;
        stop();
        resolve();
      });
    });
    await refused;
    watch.leave();
    await connection.takeLease(runId).catch(() => undefined);
    assert.equal(watches(), 1);
  });
});
