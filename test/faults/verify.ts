import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { RunId } from "#protocol/ids";
import { commandOf } from "#test/support/processes";
import { processesIn, runEnded, type System } from "#test/support/system";
import type { Follower } from "./follower.ts";
import type { Job } from "./jobs.ts";
import type { Writer } from "./writer.ts";

export interface Verdict {
  readonly bytes: number;
  /** Prompts of which nobody knows whether they ran. */
  readonly unknownPrompts: number;
  /** Views of a run, one for each member, and those of them in which no snapshot stood in for a part. */
  readonly views: number;
  readonly keptUp: number;
  /** What is wrong; empty when nothing is. */
  readonly findings: readonly string[];
}

interface Evidence {
  readonly system: System;
  readonly jobs: readonly Job[];
  readonly followers: readonly Follower[];
  readonly writer: Writer;
}

const catchUpMs = 20_000;
const leftoverGraceMs = 15_000;

/** Holds what everybody saw against what the writers say that their terminals wrote. */
export async function verify({ system, jobs, followers, writer }: Evidence): Promise<Verdict> {
  const findings: string[] = [];
  const tally = { bytes: 0, unknownPrompts: 0, views: 0, keptUp: 0 };
  for (const job of jobs) {
    const starts = writer.starts(job.tag);
    const { state, runId } = job.prompt;
    if (starts > 1) findings.push(`${job.tag} was started ${starts} times`);
    if (state === "unknown") {
      tally.unknownPrompts++;
      continue;
    }
    if (state !== "done" || starts !== 1 || !runId) {
      findings.push(`${job.tag} is ${state}, started ${starts} times: ${JSON.stringify(job.prompt.reason)}`);
      continue;
    }
    const written = writer.sha256(job.tag);
    const run = await runEnded(system.owner, runId);
    if (run.exitCode !== 0) findings.push(`${job.tag} ended as ${run.end} with ${run.exitCode}`);
    const replay = await fullReplay(system, runId);
    tally.bytes += replay.length;
    const replayed = createHash("sha256").update(replay).digest("hex");
    if (replayed !== written) findings.push(`the replay of ${job.tag} differs: ${describe(replay, job.tag)}`);
    for (const [number, follower] of followers.entries()) {
      if (!follower.isFollowing(runId)) continue;
      await caughtUp(follower, runId, run.headSeq);
      const seen = follower.seen(runId);
      tally.views++;
      if (!seen.keptUp) continue;
      tally.keptUp++;
      if (seen.sha256 !== written) {
        findings.push(
          `viewer ${number} saw ${seen.bytes} bytes of ${job.tag}, up to ${seen.lastSeq} of ${run.headSeq}`,
        );
      }
    }
  }
  return { ...tally, findings };
}

/** Programs that live on although every run has ended. */
export async function leftBehind(system: System): Promise<string[]> {
  const agents = () =>
    processesIn(system.temp.path).filter((pid) => /writer\.mjs|sleep 600|echo tick/.test(commandOf(pid) ?? ""));
  for (const until = performance.now() + leftoverGraceMs; performance.now() < until; await delay(100)) {
    if (agents().length === 0) return [];
  }
  return agents().map((pid) => `still there: ${pid} ${commandOf(pid)}`);
}

async function fullReplay(system: System, runId: RunId): Promise<Buffer> {
  const url = system.owner.client.url("readLog", { params: { id: runId } });
  const response = await fetch(url, { headers: { authorization: `Bearer ${system.owner.token}` } });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

async function caughtUp(follower: Follower, runId: RunId, headSeq: number): Promise<void> {
  for (const until = performance.now() + catchUpMs; performance.now() < until; await delay(25)) {
    if (follower.seen(runId).lastSeq >= headSeq) return;
  }
}

function describe(replay: Buffer, tag: string): string {
  const others = new Set([...replay.toString("latin1").matchAll(/job\d+/g)].map(([found]) => found));
  others.delete(tag);
  return `${replay.length} bytes${others.size > 0 ? `, with output of ${[...others].join(", ")}` : ""}`;
}
