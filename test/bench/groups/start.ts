import { setTimeout as delay } from "node:timers/promises";
import type { RunId } from "#protocol/ids";
import { decodePayload } from "#protocol/payloads";
import { recordKinds } from "#protocol/record";
import { spawnPty } from "#test/support/node-pty";
import { invitePerson, type Person } from "#test/support/people";
import { runEnded, type System, startSystem } from "#test/support/system";
import { connectViewer, type RawViewer } from "#test/support/viewer";
import { ticketFor } from "../load/ticket.ts";
import { atMost, type BenchGroup } from "../row.ts";
import { percentile } from "../statistics.ts";

const people = 4;
const promptsEach = 20;
const p50LimitMs = 30;
const p99LimitMs = 150;

/** From the answer that a prompt is queued to the process that it starts, by the keeper's own record. */
export const start: BenchGroup = {
  name: "start",
  about: "from a prompt's acceptance to its process",
  async run(log) {
    const bare = await spawnTimes();
    await using system = await startSystem();
    const samples: number[] = [];
    for (let i = 0; i < people; i++) {
      const person = await invitePerson(system.owner, "owner", `Person ${i}`);
      const ticket = await ticketFor(system.relay.url, person.token);
      const viewer = await connectViewer({ baseUrl: system.relay.url, ticket });
      for (let n = 0; n < promptsEach; n++) samples.push(await timeToSpawn(system, person, viewer));
      viewer.close();
    }
    log(`${samples.length} prompts`);
    const row = (limit: number, share: number, name: string) =>
      atMost(limit, {
        name: `prompt accepted to process spawned, ${name}`,
        value: percentile(samples, share),
        unit: "ms",
        peer: { name: "node-pty spawn", value: percentile(bare, share) },
      });
    return [row(p50LimitMs, 0.5, "p50"), row(p99LimitMs, 0.99, "p99")];
  },
};

async function timeToSpawn(system: System, person: Person, viewer: RawViewer): Promise<number> {
  const runnerId = (await system.runners[0]?.runnerId()) ?? "";
  const prompt = await person.client.call("queuePrompt", {
    body: { target: { runnerId }, agent: "line", mode: "once", access: "full", body: { text: "true" } },
  });
  const acceptedAt = performance.timeOrigin + performance.now();
  const runId = await runOf(person, prompt.id);
  await runEnded(person, runId);
  return Math.max(0, (await spawnedAt(viewer, runId)) - acceptedAt);
}

async function runOf(person: Person, id: string): Promise<RunId> {
  for (;;) {
    const { runId } = await person.client.call("readPrompt", { params: { id } });
    if (runId) return runId;
    await delay(25);
  }
}

/** The time of the record that says that the process runs. */
async function spawnedAt(viewer: RawViewer, runId: RunId): Promise<number> {
  let stop = () => {};
  const found = new Promise<number>((resolve) => {
    stop = viewer.onRecords((frame) => {
      if (frame.runId !== runId) return;
      for (const record of frame.records) {
        if (record.kind !== recordKinds.status) continue;
        if (decodePayload("status", record.payload).pid !== undefined) resolve(record.ts);
      }
    });
  });
  viewer.send({ type: "run.watch", runId, afterSeq: 0, creditBytes: 65_536 });
  const ts = await found;
  stop();
  viewer.send({ type: "run.unwatch", runId });
  return ts;
}

/** What node-pty alone needs to spawn the same command in this process. */
async function spawnTimes(): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < 40; i++) {
    const before = performance.now();
    const pty = spawnPty(["/bin/sh", "-c", "true"]);
    times.push(performance.now() - before);
    await new Promise<void>((resolve) => pty.onExit(() => resolve()));
  }
  return times;
}
