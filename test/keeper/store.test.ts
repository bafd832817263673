import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { recordKinds } from "#protocol/record";
import { startKeeper } from "#test/support/keeper";
import type { KeeperTestClient } from "#test/support/keeper-client";
import { exitOf, startTestRun } from "#test/support/keeper-runs";
import { digestWriter } from "#test/support/programs";

const KiB = 1024;

describe("keeper: the store", () => {
  const listed = async (client: KeeperTestClient): Promise<KeeperRun[]> =>
    (await client.request({ type: "list" })).runs;

  it("makes room over its cap: what the relay has first, then finished local runs, then the oldest output", async () => {
    const keeper = await startKeeper(["--max-store-bytes", String(800 * KiB), "--segment-bytes", String(50 * KiB)]);
    try {
      const client = await keeper.connect();
      const digest = (name: string) => join(keeper.home, name);
      const write = async (name: string, visibility: "local" | "team") => {
        const runId = await startTestRun(client, digestWriter(250 * KiB, digest(name)), { header: { visibility } });
        await exitOf(client, runId);
        return runId;
      };
      const kept = await write("kept", "team");
      const local = await write("local", "local");
      const onRelay = await write("relay", "team");
      const head = (await listed(client)).find((run) => run.header.id === onRelay)?.headSeq ?? 0;
      client.notify({ type: "ack", runId: onRelay, seq: head });
      const ids = async () => (await listed(client)).map((run) => run.header.id);
      const fourth = await write("fourth", "team");
      assert.deepEqual(await ids(), [kept, local, fourth], "the relay has the third one");
      const fifth = await write("fifth", "team");
      assert.deepEqual(await ids(), [kept, fourth, fifth], "the local one is over");
      const sixth = await write("sixth", "team");
      assert.deepEqual(await ids(), [kept, fourth, fifth, sixth], "nobody else has these");
      const late = await keeper.connect();
      await late.request({ type: "attach", runId: kept, fromSeq: 1, creditBytes: 1024 * KiB });
      await exitOf(late, kept);
      assert.ok(
        late.records.get(kept)?.some(({ kind }) => kind === recordKinds.gap),
        "the oldest output is a gap",
      );
      const bytes = late.output(kept).length;
      assert.ok(bytes < 200 * KiB, `${bytes} bytes of the oldest output are held`);
    } finally {
      await keeper.stop();
    }
  });

  it("serves the runs of a dead keeper, with what the relay had acknowledged, and shares one later", async () => {
    const first = await startKeeper();
    const client = await first.connect();
    const runId = await startTestRun(client, ["sh", "-c", "echo kept; sleep 0.1; echo too"], {
      header: { visibility: "local" },
    });
    await exitOf(client, runId);
    await client.until(() => client.events.some((event) => event.type === "run.changed" && event.run.exit));
    await first.crash();
    const second = await first.startAgain();
    try {
      const again = await second.connect();
      const [run] = await listed(again);
      assert.equal(run?.header.id, runId);
      assert.equal(run?.header.storeId, first.info.storeId);
      assert.equal(run?.exit?.exitCode, 0);
      const relay = (url: string) => ({ relayId: newId("relay"), url });
      const sharedWith = relay("https://one.example.com");
      await again.request({ type: "share", runId, sharedWith });
      const told = await again.until(() => again.events.find((event) => event.type === "run.changed"));
      assert.equal(
        told.type === "run.changed" && told.run.header.visibility,
        "team",
        "whoever is connected hears of it",
      );
      await again.request({ type: "share", runId, sharedWith: relay("https://two.example.com") });
      assert.deepEqual(
        (await listed(again))[0]?.header.sharedWith,
        sharedWith,
        "it stays with the relay it was shared with",
      );
      again.notify({ type: "ack", runId, seq: 2 });
      const [shared] = await listed(again);
      assert.deepEqual([shared?.header.visibility, shared?.ackedSeq], ["team", 2]);
      await again.request({ type: "attach", runId, fromSeq: 3, creditBytes: 1_000 });
      await exitOf(again, runId);
      assert.deepEqual(again.output(runId), client.output(runId));
      await again.until(() => again.snapshots.length > 0);
      assert.match(Buffer.from(again.snapshots[0]?.bytes ?? []).toString(), /kept/);
    } finally {
      await second.stop();
    }
  });

  it("cuts the damaged tail of a lost run, says so, and serves what is whole", async () => {
    const first = await startKeeper();
    const client = await first.connect();
    const runId = await startTestRun(client, ["sh", "-c", "echo whole; sleep 60"]);
    await client.until(() => client.output(runId).includes("whole"));
    await first.crash();
    const folder = join(first.home, "runs", runId);
    const [segment] = readdirSync(folder).filter((name) => name.endsWith(".seg"));
    assert.ok(segment);
    writeFileSync(join(folder, segment), "half a record that never came", { flag: "a" });
    const second = await first.startAgain();
    try {
      const again = await second.connect();
      const [run] = await listed(again);
      assert.equal(run?.lost, true);
      assert.equal(run?.damage?.validSeq, run?.headSeq);
      await again.request({ type: "attach", runId, fromSeq: 1, creditBytes: 1_000 });
      await again.until(() => again.records.get(runId)?.at(-1)?.seq === run?.headSeq);
      assert.match(again.output(runId).toString(), /whole/);
    } finally {
      await second.stop();
    }
  });

  it("is not brought down by what it cannot read", async () => {
    const first = await startKeeper();
    const strange = join(first.home, "runs", newId("run"));
    const client = await first.connect();
    const runId = await startTestRun(client, ["true"]);
    await exitOf(client, runId);
    await first.crash();
    mkdirSync(strange);
    writeFileSync(join(strange, "run.json"), "{ not json");
    const second = await first.startAgain();
    try {
      const again = await second.connect();
      assert.deepEqual(
        (await listed(again)).map((run) => run.header.id),
        [runId],
      );
      assert.ok(existsSync(strange), "it is left for somebody who can read it");
      await assert.rejects(again.request({ type: "snapshot", runId: newId("run") }), { code: "not_found" });
    } finally {
      await second.stop();
    }
  });
});
