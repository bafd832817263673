import assert from "node:assert/strict";
import { BatonError } from "#protocol/errors";
import { newId } from "#protocol/ids";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { type HandStart, startByHand } from "#runner/core/start-by-hand";
import { scriptedClock, scriptedHost } from "#test/support/scripted-host";
import { sharingWith } from "#test/support/sharing";

const wish: HandStart = {
  agent: "echo",
  mode: "interactive",
  access: "edit",
  text: "",
  name: "Echo",
  visibility: "local",
};

describe("runner: a run that is started by hand", () => {
  const clock = scriptedClock();
  const sharing = sharingWith();
  const host = (more: Parameters<typeof scriptedHost>[0] = {}) =>
    scriptedHost({
      clock,
      folder: "/work",
      trusted: () => true,
      checkFolder: async () => "/work",
      resolveCommand: async ({ approved, text, size, cwd }) => {
        assert.deepEqual([approved, text], [true, ""]);
        return { command: { argv: ["/bin/echo"], cwd, env: {}, size, cancelSignals: [] }, shown: "echo" };
      },
      ...more,
    });
  /** A keeper that answers `start` with what it was asked for, after as many lost connections as are named. */
  const keeperOf = (asked: unknown[], lost = 0): KeeperConnection =>
    ({
      storeId: "the store",
      request: async (_: string, fields: { header: object }) => {
        asked.push(fields);
        if (asked.length <= lost) throw new BatonError("connection_lost");
        return { run: { header: fields.header }, known: false };
      },
    }) as unknown as KeeperConnection;

  it("is called after its agent where it has no prompt, and is nobody's prompt", async () => {
    const asked: unknown[] = [];
    const runId = newId("run");
    const { run } = await startByHand(host(), { ready: async () => keeperOf(asked) }, sharing, { ...wish, runId });
    const { threadId, createdAt, runnerId, ...header } = run.header;
    assert.deepEqual(header, {
      v: 1,
      id: runId,
      agent: "echo",
      mode: "interactive",
      access: "edit",
      visibility: "local",
      storeId: "the store",
      body: { title: "Echo", cwd: "/work", command: "echo" },
    });
  });

  it("is shared with the one relay that the folder is paired with, and with none where it is not", async () => {
    const start = async (of: Parameters<typeof startByHand>[2], visibility: HandStart["visibility"]) => {
      const { run } = await startByHand(host(), { ready: async () => keeperOf([]) }, of, { ...wish, visibility });
      return [run.header.visibility, run.header.sharedWith];
    };
    assert.deepEqual(await start(sharing, "team"), ["team", sharing.relay]);
    assert.deepEqual(await start(sharing, "local"), ["local", undefined]);
    assert.deepEqual(await start({ relay: undefined }, "team"), ["local", undefined]);
  });

  it("is started once, where the keeper leaves at the same moment", async () => {
    const asked: { header: { id: string } }[] = [];
    await startByHand(host(), { ready: async () => keeperOf(asked, 1) }, sharing, wish);
    assert.equal(asked.length, 2);
    assert.equal(asked[0]?.header.id, asked[1]?.header.id);
    const twice = startByHand(host(), { ready: async () => keeperOf([], 9) }, sharing, wish);
    await assert.rejects(twice, { code: "connection_lost" });
  });

  it("is refused in an untrusted folder, and waits for the keeper no longer than a person does", async () => {
    const untrusted = startByHand(host({ trusted: () => false }), { ready: async () => keeperOf([]) }, sharing, wish);
    await assert.rejects(untrusted, { code: "workspace_untrusted" });
    const waiting = startByHand(host(), { ready: () => new Promise(() => undefined) }, sharing, wish);
    const refused = assert.rejects(waiting, { code: "keeper_unreachable" });
    while (clock.waiting === 0) await Promise.resolve();
    clock.advance(60_000);
    await refused;
  });
});
