import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import type { RunId } from "#protocol/ids";
import { type Relay, startRelay } from "#relay/app";
import { idleTailBytes } from "#relay/caps";
import { readConfig } from "#relay/config";
import { type Person, signIn } from "#test/support/people";
import { rawRequest } from "#test/support/raw-http";
import {
  connectRunner,
  joinRelay,
  newRunnerIdentity,
  type RunnerClient,
  scriptedRun,
} from "#test/support/runner-client";
import { tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

describe("relay: a log that is found damaged while it is in use", () => {
  const temp = tempFolder("damage");
  let relay: Relay;
  let owner: Person;
  before(async () => {
    const config = readConfig({ port: "0", data: temp.at("data") }, {});
    relay = await startRelay(config, { log: pino({ level: "silent" }) });
    owner = await signIn(relay.url, relay.ownerLink ?? "", "Olga");
  });
  after(async () => {
    await relay.close();
    temp.remove();
  });

  const connect = async () => {
    const { secret } = (await owner.request("POST", "/api/join-tokens", {})) as { secret: string };
    const identity = await newRunnerIdentity();
    const deviceId = await joinRelay(relay.url, secret, identity);
    return connectRunner({ url: relay.url, identity, deviceId }).then((link) => ({ link, identity }));
  };
  const acked = (link: RunnerClient, runId: RunId, seq: number) =>
    until(`record ${seq} is durable`, async () => {
      const { acks } = await link.next("run.ack");
      return acks.some((ack) => ack.runId === runId && ack.seq >= seq) ? true : undefined;
    });
  /** Breaks the record that holds `text`, where it lies on the disk. */
  const damage = (runId: RunId, text: string) => {
    const folder = temp.at("data", "logs", runId.slice(-2), runId);
    const [name] = readdirSync(folder).filter((file) => file.endsWith(".seg"));
    const path = join(folder, name ?? "");
    const bytes = readFileSync(path);
    const at = bytes.indexOf(text);
    assert.ok(at > 0);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  };
  const logOf = async (runId: RunId) =>
    (await rawRequest(relay.url, "GET", `/api/runs/${runId}/log`, { token: owner.token })).text;

  it("asks the runner for what is lost, and goes on", async () => {
    const { link, identity } = await connect();
    const run = scriptedRun(identity.runnerId);
    link.send({ type: "run.begin", header: run.header });
    const frames = ["one ", "two ", "three ", "four "].map((text) => run.output(text));
    for (const frame of frames) link.sendBytes(frame);
    await acked(link, run.id, 4);
    damage(run.id, "three");
    assert.equal(await logOf(run.id), "one two ");
    const { fromSeq } = await link.next("run.resend");
    assert.equal(fromSeq, 3);
    const document = await owner.client.call("readRun", { params: { id: run.id } });
    assert.equal(document.damage?.validSeq, 2);

    for (const frame of frames.slice(2)) link.sendBytes(frame);
    link.sendBytes(run.output("five"));
    await acked(link, run.id, 5);
    assert.equal(await logOf(run.id), "one two three four five");
    const whole = await owner.client.call("readRun", { params: { id: run.id } });
    assert.equal(whole.outputBytes, "one two three four five".length);
    assert.equal(whole.damage, undefined);
    link.close();
  });

  it("ends the stream of a run that is over, whose rest is nowhere any more", async () => {
    const { link, identity } = await connect();
    const run = scriptedRun(identity.runnerId);
    link.send({ type: "run.begin", header: run.header });
    // More than what is kept in memory: the damage can be met only where the file is read.
    const texts = ["one ", "two ", "x".repeat(2 * idleTailBytes)];
    for (const text of texts) link.sendBytes(run.output(text));
    link.sendBytes(run.record("exit", { end: "exited", exitCode: 0 }));
    await acked(link, run.id, 4);
    link.close();
    await until("it has ended", async () => {
      const { status } = await owner.client.call("readRun", { params: { id: run.id } });
      return status === "ended" ? true : undefined;
    });
    // Somebody who watches keeps the log open.
    const viewer = await owner.viewer();
    viewer.send({ type: "run.watch", runId: run.id, creditBytes: 1_000_000 });
    await viewer.next("run.watching");
    damage(run.id, "two");
    const { text } = await rawRequest(relay.url, "GET", `/api/runs/${run.id}/stream`, { token: owner.token });
    assert.match(text, /"text":"one "/);
    assert.doesNotMatch(text, /two/);
    assert.match(text, /event: done/);
    viewer.close();
  });
});
