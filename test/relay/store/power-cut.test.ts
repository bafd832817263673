import assert from "node:assert/strict";
import fc from "fast-check";
import { newId } from "#protocol/ids";
import { type EmbeddedStore, openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import type { Change } from "#relay/store/store";
import { commitArbitrary } from "#test/relay/store/support/commit-arbitrary";
import { asSeen, comparable, modelOf, readModel } from "#test/relay/store/support/document-model";
import { PowerCutDisk } from "#test/relay/store/support/power-cut-disk";
import { outputRecords, readAll } from "#test/relay/store/support/records";

const dataFolder = "/var/baton/relay";
const maxSegmentBytes = 600;

describe("a store on a machine that loses its power", () => {
  it("has everything that it confirmed, and no half of anything (property)", async () => {
    const run = fc.record({
      commits: fc.array(commitArbitrary, { minLength: 1, maxLength: 6 }),
      cutAfter: fc.nat(260),
      seed: fc.integer({ min: 1, max: 2 ** 31 - 2 }),
      restarts: fc.boolean(),
    });
    await fc.assert(fc.asyncProperty(run, powerCut), { numRuns: 400 });
  }).timeout(30_000);
});

interface Cut {
  readonly commits: readonly Change[][];
  readonly cutAfter: number;
  readonly seed: number;
  /** Only the process ends at first; the next one says what it found, and then the power goes. */
  readonly restarts: boolean;
}

interface Confirmed {
  commits: number;
  seq: number;
  audit: number;
}

async function powerCut({ commits: made, cutAfter, seed, restarts }: Cut): Promise<void> {
  const commits: Change[][] = [];
  for (const changes of made) commits.push(asSeen(changes, modelOf(commits)));
  const disk = new PowerCutDisk();
  const runId = newId("run", 1);
  const confirmed: Confirmed = { commits: 0, seq: 0, audit: 0 };
  disk.callsLeft = cutAfter;
  await openEmbeddedStore({ dataFolder, io: disk, maxSegmentBytes, gatherMs: 0 }).then(
    (store) => work(store, commits, runId, confirmed),
    () => undefined,
  );
  if (restarts) await restart(disk, commits, runId, confirmed);
  disk.reboot(randomOf(seed));
  await freeLock(disk);

  const store = await openEmbeddedStore({ dataFolder, io: disk, maxSegmentBytes, gatherMs: 0 });
  const found = JSON.stringify(comparable(await readModel(store)));
  const possible = [confirmed.commits, confirmed.commits + 1].map((count) =>
    JSON.stringify(comparable(modelOf(commits.slice(0, count)))),
  );
  assert.ok(possible.includes(found), `the documents are neither before nor after a commit: ${found}`);

  const { headSeq } = await store.logs.open(runId);
  assert.ok(headSeq >= confirmed.seq, `the log ends at ${headSeq}, ${confirmed.seq} was confirmed`);
  assert.deepEqual(await readAll(store.logs, runId), Buffer.from(outputRecords(1, headSeq)));
  const audited = (await store.audit.page({ limit: 100 })).entries.length;
  assert.ok(audited >= confirmed.audit, `${audited} audit entries, ${confirmed.audit} were confirmed`);
  // And it goes on.
  await store.logs.append(runId, outputRecords(headSeq + 1, headSeq + 1), headSeq + 1, headSeq + 1);
  await store.audit.append({ at: 1, action: "after", from: "" });
  await store.close();
}

async function restart(disk: PowerCutDisk, commits: readonly Change[][], runId: string, confirmed: Confirmed) {
  disk.callsLeft = Number.POSITIVE_INFINITY;
  await freeLock(disk);
  const store = await openEmbeddedStore({ dataFolder, io: disk, maxSegmentBytes, gatherMs: 0 });
  const found = JSON.stringify(comparable(await readModel(store)));
  const next = JSON.stringify(comparable(modelOf(commits.slice(0, confirmed.commits + 1))));
  if (found === next) confirmed.commits = Math.min(confirmed.commits + 1, commits.length);
  confirmed.seq = (await store.logs.open(runId)).durableSeq;
  disk.callsLeft = 0;
  await store.close().catch(() => undefined);
}

async function freeLock(disk: PowerCutDisk): Promise<void> {
  for (const name of await disk.list(dataFolder).catch(() => [])) {
    if (name.startsWith("relay.lock.")) await disk.unlink(`${dataFolder}/${name}`);
  }
}

/** Commits, appends and audit entries side by side, until the power goes; each kind in its own order. */
async function work(
  store: EmbeddedStore,
  commits: readonly Change[][],
  runId: string,
  confirmed: Confirmed,
): Promise<void> {
  const committing = async () => {
    for (const changes of commits) {
      await store.documents.commit(changes);
      confirmed.commits++;
      if (changes.some((change) => "archive" in change)) await store.archive.move();
    }
  };
  const appending = async () => {
    for (let seq = 1; seq <= 40; seq += 4) {
      await store.logs.append(runId, outputRecords(seq, seq + 3), seq, seq + 3);
      confirmed.seq = seq + 3;
    }
  };
  const auditing = async () => {
    for (let at = 1; at <= 10; at++) {
      await store.audit.append({ at, action: "test", from: "" });
      confirmed.audit = at;
    }
  };
  await Promise.allSettled([committing(), appending(), auditing()]);
  // The process is gone with the power: its timers must not outlive it.
  await store.close().catch(() => undefined);
}

/** Park and Miller's generator: every choice of a run follows from its seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
