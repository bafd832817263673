import assert from "node:assert/strict";
import { Evidence } from "#protocol/evidence";
import { newId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { createEvidenceNotes, type EvidenceSource } from "#runner/core/evidence";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { runHeader } from "#test/support/keeper-runs";
import { scriptedClock, scriptedHost } from "#test/support/scripted-host";
import { until } from "#test/support/until";

const facts = { diagnostics: { errors: 1, warnings: 0, files: [] } };
const source: EvidenceSource = { start: async () => facts, end: async () => facts };

describe("runner: what it tells a keeper of a run", () => {
  const world = (features: readonly string[], evidence: EvidenceSource = source, isReplaced = () => false) => {
    const asked: [string, unknown][] = [];
    const clock = scriptedClock();
    const keeper = {
      features,
      request: async (type: string, { evidence: given }: { evidence?: unknown }) => {
        asked.push([type, given]);
        return {};
      },
    } as unknown as KeeperConnection;
    const host = scriptedHost({ clock, evidence });
    const header = runHeader({ runnerId: host.runnerId, createdAt: clock.now() });
    const run = { header, status: "running" } as KeeperRun;
    return { asked, clock, keeper, run, notes: createEvidenceNotes(host, isReplaced) };
  };

  it("is both sides, each once", async () => {
    const { asked, keeper, run, notes } = world(["evidence"]);
    notes.seen(run, keeper);
    notes.seen(run, keeper);
    await until("the start is noted", async () => asked.length === 2 || undefined);
    notes.ending(run.header.id, keeper);
    await until("the end is noted", async () => asked.length === 3 || undefined);
    const side = (at: string) => ({ v: 1, at, ...facts });
    assert.deepEqual(asked, [
      ["witness", undefined],
      ["note", side("start")],
      ["note", side("end")],
    ]);
  });

  it("says of an end that it saw late how long ago it was", async () => {
    const told: (number | undefined)[] = [];
    const late: EvidenceSource = {
      ...source,
      async end(_run, _start, lateMs) {
        told.push(lateMs);
        return facts;
      },
    };
    const { asked, keeper, run, notes } = world(["evidence"], late);
    notes.seen(run, keeper);
    notes.ending(run.header.id, keeper, 4_200);
    await until("the end is noted", async () => asked.length === 3 || undefined);
    assert.deepEqual(asked[2], ["note", { v: 1, at: "end", lateMs: 4_200, ...facts }]);
    assert.deepEqual(told, [4_200]);
  });

  it("fits into a record whatever the files are called", async () => {
    const files = Array.from({ length: 100 }, (_, i) => ({
      path: `${i}${"\u0001".repeat(110)}`,
      added: 1,
      removed: 0,
    }));
    const git = { changedFiles: 300, addedLines: 300, removedLines: 0, files };
    const diagnostics = {
      ...{ errors: 7, warnings: 0 },
      files: [{ path: "x".repeat(5_000), errors: 7, warnings: 0 }],
    };
    const { asked, keeper, run, notes } = world(["evidence"], { ...source, start: async () => ({ git, diagnostics }) });
    notes.seen(run, keeper);
    await until("the start is noted", async () => asked.length === 2 || undefined);
    const noted = Evidence.parse(asked[1]?.[1]);
    assert.deepEqual([noted.git?.changedFiles, noted.git?.addedLines, noted.diagnostics?.errors], [300, 300, 7]);
    assert.ok((noted.git?.files.length ?? 0) > 0, "what has room is named");
    assert.deepEqual(noted.diagnostics?.files, []);
  });

  it("is nothing for a keeper of the version before, which would not understand it", async () => {
    const { asked, keeper, run, notes } = world([]);
    notes.seen(run, keeper);
    notes.ending(newId("run"), keeper);
    await new Promise(setImmediate);
    assert.deepEqual(asked, []);
  });

  it("is nothing where another window serves the folder now, which knows better", async () => {
    let isReplaced = true;
    const { asked, keeper, run, notes } = world(["evidence"], source, () => isReplaced);
    notes.seen(run, keeper);
    await new Promise(setImmediate);
    assert.deepEqual(asked, []);
    isReplaced = false;
    notes.seen(run, keeper);
    await until("the start is noted", async () => asked.length === 2 || undefined);
  });

  it("is no start that nobody saw, and an empty note where the end cannot be described", async () => {
    const fails: EvidenceSource = { ...source, end: () => Promise.reject(new Error("no")) };
    const { asked, clock, keeper, run, notes } = world(["evidence"], fails);
    clock.jump(60_000);
    notes.seen(run, keeper);
    notes.ending(run.header.id, keeper);
    await until("the keeper is told", async () => asked.length === 2 || undefined);
    assert.deepEqual(asked, [
      ["witness", undefined],
      ["note", undefined],
    ]);
  });
});
