import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Prompt, Run } from "#protocol/documents";
import { removalBatch } from "#relay/caps";
import { createRetention } from "#relay/domain/retention";
import type { Disk } from "#relay/store/embedded/disk";
import { type EmbeddedStore, openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { promptDocument, runDocument } from "#test/relay/store/support/documents";
import { crashAt, failingDisk } from "#test/relay/store/support/failing-disk";
import { freeLock } from "#test/relay/store/support/free-lock";
import { outputRecords, readAll } from "#test/relay/store/support/records";
import { signIn } from "#test/support/people";
import { rawRequest } from "#test/support/raw-http";
import { startRelayProcess } from "#test/support/relay";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

const dayMs = 24 * 60 * 60 * 1000;
const now = Date.UTC(2026, 5, 30, 12);
const keepMs = 30 * dayMs;
const daysAgo = (days: number, more: Partial<Run> = {}) => runDocument(now - days * dayMs, more);

describe("relay: what is over for long", () => {
  let folder: TempFolder;
  let store: EmbeddedStore;
  let held: string[];
  const open = async (io?: Disk) => {
    store = await openEmbeddedStore({
      dataFolder: folder.at("data"),
      clock: () => now,
      maxSegmentBytes: 300,
      ...(io && { io }),
    });
  };
  const retention = (keep = keepMs) =>
    createRetention({ store, clock: () => now, keepMs: keep, isHeld: (id) => held.includes(id) });
  const logFolder = (id: string) => folder.at("data", "logs", id.slice(-2), id);
  /** Ended runs with a log and a snapshot each, in the files of their days. */
  const archive = async (runs: readonly Run[], prompts: readonly Prompt[] = []) => {
    for (const { id } of runs) {
      for (const seq of [1, 11]) await store.logs.append(id, outputRecords(seq, seq + 9), seq, seq + 9);
      await store.logs.release(id);
    }
    await store.documents.commit([
      ...runs.map((run) => ({ collection: "runs", archive: run }) as const),
      ...prompts.map((prompt) => ({ collection: "prompts", archive: prompt }) as const),
    ]);
    await store.archive.move();
  };
  const listed = async () =>
    (await store.archive.page({ limit: 200, matches: () => true })).runs.map(({ id }) => id).sort();
  const idsOf = (runs: readonly Run[]) => runs.map(({ id }) => id).sort();
  const isWhole = async (run: Run) => {
    assert.deepEqual(await readAll(store.logs, run.id), Buffer.from(outputRecords(1, 20)));
    assert.equal((await store.archive.run(run.id))?.id, run.id);
  };

  beforeEach(async () => {
    folder = tempFolder("retention");
    held = [];
    await open();
  });
  afterEach(async () => {
    await store.close();
    folder.remove();
  });

  it("is removed with its log and its day, and nothing else is", async () => {
    const old = [daysAgo(40), daysAgo(31), daysAgo(90)];
    const young = [daysAgo(29), daysAgo(1)];
    const long = daysAgo(60, { endedAt: now - dayMs });
    const wrongClock = daysAgo(60, { endedAt: 1_000, lastOutputAt: now - 2 * dayMs });
    const { end: _, endedAt: __, ...running } = daysAgo(200, { status: "running" });
    const prompts = [
      promptDocument(now - 50 * dayMs, { state: "done", endedAt: now - 49 * dayMs }),
      promptDocument(now - 3 * dayMs, { state: "done", endedAt: now - 3 * dayMs }),
    ];
    await archive([...old, ...young, long, wrongClock], prompts);
    await store.logs.append(running.id, outputRecords(1, 20), 1, 20);
    await store.documents.commit([{ collection: "runs", put: running as Run }]);

    await retention(0).sweep();
    assert.equal((await listed()).length, 7, "0 keeps everything");
    await retention().sweep();
    assert.deepEqual(await listed(), idsOf([...young, long, wrongClock]));
    for (const run of old) {
      assert.equal(await store.archive.run(run.id), undefined);
      assert.ok(!existsSync(logFolder(run.id)));
    }
    for (const run of [...young, long, wrongClock]) await isWhole(run);
    assert.equal(store.documents.get("runs", running.id)?.status, "running");
    assert.deepEqual(await readAll(store.logs, running.id), Buffer.from(outputRecords(1, 20)), "an open one never is");
    assert.equal(await store.archive.prompt(prompts[0]?.id ?? ""), undefined);
    assert.equal((await store.archive.prompt(prompts[1]?.id ?? ""))?.id, prompts[1]?.id);
    const days = readdirSync(folder.at("data", "days"));
    assert.deepEqual(
      days.filter((name) => name.startsWith("2026-04-01")),
      [],
      "a day without runs has no file",
    );
    const { entries } = await store.audit.page({ limit: 10 });
    assert.deepEqual([entries[0]?.action, entries[0]?.details], ["retention", { runs: 3, prompts: 1 }]);
    await retention().sweep();
    assert.equal((await store.audit.page({ limit: 10 })).entries.length, 1, "nothing to do is not written down");

    await store.close();
    await open();
    assert.deepEqual(await listed(), idsOf([...young, long, wrongClock]), "also after a restart");
  });

  it("stays while somebody reads it, and goes in as many batches as it takes", async () => {
    const old = Array.from({ length: removalBatch + 30 }, (_, i) => runDocument(now - 40 * dayMs + i * 1_000));
    await archive(old);
    const reader = store.logs.read(old[3]?.id ?? "", 1)[Symbol.asyncIterator]();
    await reader.next();
    held = [old[7]?.id ?? ""];
    await retention().sweep();
    assert.deepEqual(await listed(), [old[3]?.id, old[7]?.id].sort());
    await reader.return?.();
    held = [];
    await Promise.all([retention().sweep(), retention().sweep()]);
    assert.deepEqual(await listed(), []);
  });

  it("is removed whole in the end, and nothing else is, wherever the relay ends in the middle", async function () {
    this.timeout(60_000);
    let crashIndex = 0;
    for (let isThrough = false; !isThrough; crashIndex++) {
      const old = [daysAgo(40), daysAgo(40), daysAgo(41)];
      const young = [daysAgo(40, { endedAt: now }), daysAgo(2)];
      await archive([...old, ...young]);
      await store.close();
      const disk = failingDisk();
      await open(disk);
      disk.calls.length = 0;
      disk.fail = crashAt(crashIndex);
      isThrough = await retention()
        .sweep()
        .then(
          () => true,
          () => false,
        );
      await store.close().catch(() => undefined);
      freeLock(folder.at("data"));
      await open();
      for (const run of young) await isWhole(run);
      for (const run of old) {
        // Its document goes last, so what is left is known, and its log has no hole.
        const known = await store.archive.run(run.id);
        if (!known) assert.ok(!existsSync(logFolder(run.id)), `crash at ${crashIndex}`);
        const left = await readAll(store.logs, run.id);
        assert.ok(Buffer.from(outputRecords(1, 20)).subarray(0, left.length).equals(left));
        assert.equal((await store.logs.open(run.id)).damage, undefined, "and nobody takes it for damaged");
        await store.logs.release(run.id);
      }
      await retention().sweep();
      assert.deepEqual(await listed(), idsOf(young));
      for (const run of old) assert.ok(!existsSync(logFolder(run.id)));

      await store.archive.remove("runs", idsOf(young));
      for (const run of young) await store.logs.remove(run.id);
    }
    assert.ok(crashIndex > 10, `${crashIndex} places`);
  });

  it("is removed by a relay that was told so, at its start", async () => {
    const old = runDocument(Date.now() - 40 * dayMs);
    const young = runDocument(Date.now() - 10 * dayMs);
    await archive([old, young]);
    await store.close();
    await using relay = await startRelayProcess({ dataFolder: folder.at("data"), env: { BATON_KEEP_DAYS: "30" } });
    const owner = await signIn(relay.url, relay.link ?? "", "Olga");
    const read = (id: string) => rawRequest(relay.url, "GET", `/api/runs/${id}`, { token: owner.token });
    await until("it is removed", async () => ((await read(old.id)).status === 404 ? true : undefined));
    assert.equal((await read(young.id)).status, 200);
    await relay.stop();
    assert.deepEqual(readdirSync(join(folder.at("data"), "days")).length, 1);
    await open();
  });
});
