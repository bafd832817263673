import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { initialCreditBytes } from "#protocol/caps";
import { newId } from "#protocol/ids";
import { decodePayload } from "#protocol/payloads";
import { recordKinds } from "#protocol/record";
import { startKeeper, type TestKeeper } from "#test/support/keeper";
import { exitOf, runHeader, spawnCommand, startTestRun } from "#test/support/keeper-runs";
import { digestWriter } from "#test/support/programs";

const MiB = 1024 * 1024;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("keeper: the stream of a run", () => {
  let keeper: TestKeeper;
  before(async () => {
    keeper = await startKeeper(["--segment-bytes", String(256 * 1024)]);
  });
  after(() => keeper.stop());

  it("loses no byte when its client goes away in the middle and another resumes", async () => {
    const digestFile = join(keeper.home, "digest-1");
    const first = await keeper.connect();
    const runId = await startTestRun(first, digestWriter(3 * MiB, digestFile, 1));
    await first.until(() => first.received(runId) > 300_000);
    first.close();
    await first.closed;
    const had = first.records.get(runId) ?? [];
    const fromSeq = (had.at(-1)?.seq ?? 0) + 1;
    const second = await keeper.connect();
    await second.request({ type: "attach", runId, fromSeq, creditBytes: initialCreditBytes });
    await exitOf(second, runId, 20_000);
    const whole = Buffer.concat([first.output(runId), second.output(runId)]);
    assert.equal(sha256(whole), readFileSync(digestFile, "utf8"));
    assert.equal(second.records.get(runId)?.[0]?.seq, fromSeq);
  });

  it("goes as far as its credit, and on when there is more", async () => {
    const client = await keeper.connect();
    client.grantAll = false;
    const digestFile = join(keeper.home, "digest-2");
    const creditBytes = 100_000;
    const runId = await startTestRun(client, digestWriter(1 * MiB, digestFile), {
      creditBytes,
      header: { visibility: "local" },
    });
    const other = await keeper.connect();
    await other.until(() => other.events.some((event) => event.type === "run.changed" && event.run.exit !== undefined));
    const before = client.received(runId);
    assert.ok(
      before >= creditBytes && before < creditBytes + 64 * 1024,
      `${before} bytes for ${creditBytes} of credit`,
    );
    client.grantAll = true;
    client.notify({ type: "credit", runId, bytes: 50_000 });
    await exitOf(client, runId);
    assert.equal(sha256(client.output(runId)), readFileSync(digestFile, "utf8"));
  });

  it("holds the program up at its cap while the relay takes output, and not when it is away", async () => {
    const capped = await startKeeper(["--max-unacked-bytes", String(512 * 1024)]);
    try {
      const digestFile = join(capped.home, "digest");
      const client = await capped.connect();
      const header = runHeader();
      client.notify({ type: "delivery", runnerId: header.runnerId, online: true });
      const command = spawnCommand(digestWriter(4 * MiB, digestFile));
      await client.request({ type: "start", header, command });
      await client.request({ type: "attach", runId: header.id, fromSeq: 1, creditBytes: 4 * MiB });
      await client.until(() => client.received(header.id) >= 490_000);
      // Acknowledged up to the head, the program goes on; a second time it is held up at the same distance.
      const { runs } = await client.request({ type: "list" });
      const head = runs[0].headSeq;
      client.notify({ type: "ack", runId: header.id, seq: head });
      await client.until(() => client.received(header.id) >= 900_000);
      assert.ok(client.received(header.id) < 1.5 * MiB, "it ran on far beyond its cap");
      assert.ok(!existsSync(digestFile));
      client.notify({ type: "delivery", runnerId: header.runnerId, online: false });
      await exitOf(client, header.id);
      assert.equal(sha256(client.output(header.id)), readFileSync(digestFile, "utf8"));
    } finally {
      await capped.stop();
    }
  });

  it("holds no program up whose relay is another one than the one that takes output", async () => {
    const capped = await startKeeper(["--max-unacked-bytes", String(256 * 1024)]);
    try {
      const digestFile = join(capped.home, "digest");
      const relay = (url: string) => ({ relayId: newId("relay"), url });
      const sharedWith = relay("https://one.example.com");
      const header = runHeader({ sharedWith });
      const client = await capped.connect();
      const online = { type: "delivery", runnerId: header.runnerId, online: true } as const;
      client.notify({ ...online, relay: relay("https://two.example.com") });
      await client.request({ type: "start", header, command: spawnCommand(digestWriter(4 * MiB, digestFile)) });
      await client.request({ type: "attach", runId: header.id, fromSeq: 1, creditBytes: 16 * MiB });
      await exitOf(client, header.id);
      // … and its own relay does.
      client.notify({ ...online, relay: sharedWith });
      const held = runHeader({ sharedWith, runnerId: header.runnerId });
      await client.request({ type: "start", header: held, command: spawnCommand(digestWriter(4 * MiB, digestFile)) });
      await client.request({ type: "attach", runId: held.id, fromSeq: 1, creditBytes: 16 * MiB });
      await exitOf(client, await startTestRun(client, digestWriter(4 * MiB, join(capped.home, "digest-free"))), 20_000);
      assert.ok(client.received(held.id) < 2 * MiB, `${client.received(held.id)} bytes came unacknowledged`);
    } finally {
      await capped.stop();
    }
  });

  it("holds the program up for the newer of two runners, also once the one that it replaced is gone", async () => {
    const capped = await startKeeper(["--max-unacked-bytes", String(256 * 1024)]);
    try {
      const digestFile = join(capped.home, "digest");
      const header = runHeader();
      const [replaced, newer] = [await capped.connect(), await capped.connect()];
      for (const client of [replaced, newer]) {
        client.notify({ type: "delivery", runnerId: header.runnerId, online: true });
        await client.request({ type: "list" });
      }
      replaced.notify({ type: "delivery", runnerId: header.runnerId, online: false });
      await replaced.request({ type: "list" });
      replaced.close();
      await replaced.closed;
      const command = spawnCommand(digestWriter(4 * MiB, digestFile));
      await newer.request({ type: "start", header, command });
      await newer.request({ type: "attach", runId: header.id, fromSeq: 1, creditBytes: 16 * MiB });
      // The same program, begun later and held up by nobody, shows that there was time enough.
      const free = await startTestRun(newer, digestWriter(4 * MiB, join(capped.home, "digest-free")));
      await exitOf(newer, free, 20_000);
      assert.ok(!existsSync(digestFile));
      assert.ok(newer.received(header.id) < 2 * MiB, `${newer.received(header.id)} bytes came unacknowledged`);
      newer.close();
      const last = await capped.connect();
      await last.request({ type: "attach", runId: header.id, fromSeq: 1, creditBytes: 16 * MiB });
      await exitOf(last, header.id, 20_000);
      assert.equal(sha256(last.output(header.id)), readFileSync(digestFile, "utf8"));
    } finally {
      await capped.stop();
    }
  });

  it("lets the oldest output give way to a gap at the cap of a run, and keeps everything else", async () => {
    const small = await startKeeper(["--max-run-log-bytes", "300000", "--segment-bytes", "50000"]);
    try {
      const digestFile = join(small.home, "digest");
      const client = await small.connect();
      const whole = await startTestRun(client, digestWriter(1 * MiB, digestFile));
      await exitOf(client, whole);
      const late = await small.connect();
      await late.request({ type: "attach", runId: whole, fromSeq: 1, creditBytes: 4 * MiB });
      await exitOf(late, whole);
      const records = late.records.get(whole) ?? [];
      const gaps = records.filter(({ kind }) => kind === recordKinds.gap);
      assert.ok(gaps.length > 0);
      const bytes = records.reduce((sum, { payload }) => sum + payload.length, 0);
      assert.ok(bytes < 350_000, `${bytes} bytes are held`);
      assert.ok(late.output(whole).length > 200_000);
      // What is missing is named: seq for seq and byte for byte.
      let next = 1;
      let missing = 0;
      for (const record of records) {
        const gap = record.kind === recordKinds.gap ? decodePayload("gap", record.payload) : undefined;
        assert.equal(gap?.fromSeq ?? record.seq, next);
        missing += gap?.bytes ?? 0;
        next = record.seq + 1;
      }
      assert.equal(missing + late.output(whole).length, 1 * MiB);
      const kinds = (list: typeof records) =>
        list.filter(({ kind }) => kind !== recordKinds.output && kind !== recordKinds.gap).map(({ kind }) => kind);
      assert.deepEqual(kinds(records), kinds(client.records.get(whole) ?? []));
    } finally {
      await small.stop();
    }
  });

  it("comes with a picture of the screen: after quiet, on demand, and at the end", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sh", "-c", "printf 'red \\033[31malert'; read line; printf done"]);
    const quiet = await client.until(() => client.snapshots.find((snapshot) => snapshot.runId === runId));
    assert.match(Buffer.from(quiet.bytes).toString(), /red .*alert/);
    const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: { kind: "local" } });
    client.type(runId, leaseEpoch, "\r");
    await exitOf(client, runId);
    const last = await client.until(() => {
      const found = client.snapshots.at(-1);
      return found && Buffer.from(found.bytes).toString().includes("done") ? found : undefined;
    });
    assert.ok(last.seq > quiet.seq);
    const late = await keeper.connect();
    await late.request({ type: "snapshot", runId });
    assert.deepEqual(late.snapshots.at(-1)?.bytes, last.bytes);
  });
});
