import assert from "node:assert/strict";
import { mkdirSync, rmSync } from "node:fs";
import { pino } from "pino";
import { type Relay, startRelay } from "#relay/app";
import { readConfig } from "#relay/config";
import { type Disk, type DiskFile, nodeDisk } from "#relay/store/embedded/disk";
import { type Person, signIn } from "#test/support/people";
import { freePort } from "#test/support/ports";
import { rawRequest } from "#test/support/raw-http";
import { connectRunner, joinRelay, newRunnerIdentity, scriptedRun } from "#test/support/runner-client";
import { tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

/** The real disk, which can be full for a while. */
function fillableDisk(): { disk: Disk; isFull: boolean } {
  const refuse = () => {
    if (state.isFull) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  };
  const file = (real: DiskFile): DiskFile => ({
    ...real,
    async write(buffers, position) {
      refuse();
      await real.write(buffers, position);
    },
  });
  const state = {
    isFull: false,
    disk: {
      ...nodeDisk,
      async open(path, flags) {
        if (flags === "w+" || flags === "wx") refuse();
        return file(await nodeDisk.open(path, flags));
      },
    } satisfies Disk,
  };
  return state;
}

describe("relay: a full disk", () => {
  const temp = tempFolder("full");
  const state = fillableDisk();
  let relay: Relay;
  let owner: Person;
  before(async () => {
    const config = readConfig({ port: "0", data: temp.at("data"), writesPerMinute: "100000" }, {});
    relay = await startRelay(config, { io: state.disk, log: pino({ level: "silent" }) });
    owner = await signIn(relay.url, relay.ownerLink ?? "", "Olga");
  });
  after(async () => {
    state.isFull = false;
    await relay.close();
    temp.remove();
  });

  it("acknowledges nothing, says why, and goes on by itself when there is room", async () => {
    const { secret } = (await owner.request("POST", "/api/join-tokens", {})) as { secret: string };
    const identity = await newRunnerIdentity();
    const deviceId = await joinRelay(relay.url, secret, identity);
    using link = await connectRunner({ url: relay.url, identity, deviceId });
    const viewer = await owner.viewer();
    const run = scriptedRun(identity.runnerId);
    link.send({ type: "run.begin", header: run.header });
    link.sendBytes(run.output("before, "));
    await until("acknowledged", async () => {
      const { acks } = await link.next("run.ack");
      return acks.some((ack) => ack.seq === 1) ? true : undefined;
    });
    const shown: string[] = [];
    viewer.onRecords(({ records }) => {
      for (const record of records) if (record.kind === 1) shown.push(Buffer.from(record.payload).toString());
    });
    viewer.send({ type: "run.watch", runId: run.id, creditBytes: 1_000_000 });
    await viewer.next("run.watching");

    state.isFull = true;
    const told = viewer.next("relay.health", ({ error }) => error?.code === "storage_full");
    const frames = ["while full, ", "still, ", "and still, "].map((text) => run.output(text));
    for (const frame of frames) link.sendBytes(frame);
    await told;
    assert.equal((await rawRequest(relay.url, "GET", "/readyz")).status, 503);
    assert.equal((await rawRequest(relay.url, "GET", "/healthz")).status, 200);
    const prompt = { target: { runnerId: identity.runnerId }, agent: "echo", body: { text: "x" } };
    const refused = await rawRequest(relay.url, "POST", "/api/prompts", { cookies: owner.cookies, body: prompt });
    assert.equal(refused.code, "storage_full");
    assert.equal(refused.status, 507);
    assert.equal(link.waiting("run.ack"), 0);
    const late = await owner.viewer();
    assert.equal(late.welcome.health?.code, "storage_full");
    late.close();

    const recovered = viewer.next("relay.health", ({ error }) => error === undefined);
    state.isFull = false;
    await recovered;
    const { fromSeq } = await link.next("run.resend");
    for (const frame of frames.slice(fromSeq - 2)) link.sendBytes(frame);
    link.sendBytes(run.record("exit", { end: "exited", exitCode: 0 }));
    await until("ended", async () => {
      const now = await owner.client.call("readRun", { params: { id: run.id } });
      return now.status === "ended" && now.headSeq === run.seq ? true : undefined;
    });
    await until("everything is shown once", async () =>
      shown.join("") === "before, while full, still, and still, " ? true : undefined,
    );
    assert.equal((await rawRequest(relay.url, "GET", "/readyz")).status, 200);
    const log = await rawRequest(relay.url, "GET", `/api/runs/${run.id}/log`, { token: owner.token });
    assert.equal(log.text, "before, while full, still, and still, ");
    viewer.close();
  });

  it("shows what could not be stored to those who came meanwhile, without a word from its runner", async () => {
    const { secret } = (await owner.request("POST", "/api/join-tokens", {})) as { secret: string };
    const identity = await newRunnerIdentity("late");
    const deviceId = await joinRelay(relay.url, secret, identity);
    using link = await connectRunner({ url: relay.url, identity, deviceId });
    const run = scriptedRun(identity.runnerId);
    link.send({ type: "run.begin", header: run.header });
    link.sendBytes(run.output("before, "));
    await link.next("run.ack");
    const full = (await owner.viewer()).next("relay.health", ({ error }) => error?.code === "storage_full");
    state.isFull = true;
    link.sendBytes(run.output("while full"));
    await full;
    const late = await owner.viewer();
    let shown = "";
    late.onRecords(({ records }) => {
      for (const record of records) if (record.kind === 1) shown += Buffer.from(record.payload).toString();
    });
    late.send({ type: "run.watch", runId: run.id, afterSeq: 0, creditBytes: 1_000_000 });
    await until("what is stored", async () => (shown === "before, " ? true : undefined));
    state.isFull = false;
    await until("the rest", async () => (shown === "before, while full" ? true : undefined), 5_000);
    late.close();
  });
});

describe("relay: a start that fails late", () => {
  it("leaves nothing open", async () => {
    using temp = tempFolder("late");
    mkdirSync(temp.at("data", "server.json", "in-the-way"), { recursive: true });
    const port = await freePort();
    const config = readConfig({ port: String(port), data: temp.at("data") }, {});
    const log = pino({ level: "silent" });
    await assert.rejects(startRelay(config, { log }));
    rmSync(temp.at("data", "server.json"), { recursive: true });
    const relay = await startRelay(config, { log });
    assert.equal((await rawRequest(relay.url, "GET", "/healthz")).status, 200);
    await relay.close();
  });
});
