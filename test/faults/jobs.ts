import { setTimeout as delay } from "node:timers/promises";
import { openPromptStates, type Prompt } from "#protocol/documents";
import type { PromptId } from "#protocol/ids";
import { isAnswerLost } from "#sdk/client";
import type { Random } from "#test/protocol/random";
import type { Person } from "#test/support/people";
import type { System } from "#test/support/system";
import type { Follower } from "./follower.ts";
import type { Writer, WriterJob } from "./writer.ts";

export interface Job extends WriterJob {
  readonly person: Person;
  readonly promptId: PromptId;
  /** As it was last heard of. */
  prompt: Prompt;
}

/** People who queue work all the time, and watch it, however often the relay is not there. */
export interface Jobs {
  readonly all: () => readonly Job[];
  /** Keeps the machine busy until `finish`, then waits for what is open. @throws Error when it does not end */
  readonly work: () => Promise<void>;
  readonly finish: () => void;
}

interface JobsOptions {
  readonly seed: number;
  readonly runs: number;
  readonly atOnce: number;
  readonly bytesPerRun: number;
  readonly msPerRun: number;
  readonly random: Random;
  readonly system: System;
  readonly people: readonly Person[];
  readonly followers: readonly Follower[];
  readonly writer: Writer;
}

const lookEveryMs = 200;
const drainMs = 150_000;
/** One job in so many leaves a child behind in a session of its own. */
const childEvery = 3;

export function createJobs(options: JobsOptions): Jobs {
  const { random, system, people, followers, writer } = options;
  const jobs: Job[] = [];
  let finishing = false;

  const queueOne = async () => {
    const number = jobs.length;
    const person = random.pick(people);
    const job: WriterJob = {
      tag: `job${number}`,
      seed: random.uint32(),
      bytes: Math.round(options.bytesPerRun * (0.5 + random.below(1_000) / 1_000)),
      ms: Math.round(options.msPerRun * (0.5 + random.below(1_000) / 1_000)),
      leavesChild: number % childEvery === 0,
    };
    const runnerId = (await random.pick(system.runners).runnerId()) ?? "";
    const body = {
      target: { runnerId },
      agent: "line",
      mode: "once" as const,
      access: "full" as const,
      body: { text: writer.line(job) },
    };
    const idempotencyKey = `${options.seed}-${job.tag}`;
    const prompt = await untilAnswered(() => person.client.call("queuePrompt", { body }, { idempotencyKey }));
    jobs.push({ ...job, person, promptId: prompt.id, prompt });
  };

  /** Looks at every job that was open, and has everybody follow the runs that are new. */
  const look = async () => {
    const { prompts } = await untilAnswered(() => system.owner.client.call("listPrompts", { query: { limit: 200 } }));
    const open = new Map(prompts.map((prompt) => [prompt.id, prompt]));
    for (const job of jobs) {
      if (!isOpen(job)) continue;
      const id = job.promptId;
      job.prompt =
        open.get(id) ?? (await untilAnswered(() => system.owner.client.call("readPrompt", { params: { id } })));
      if (job.prompt.runId) for (const follower of followers) follower.follow(job.prompt.runId);
    }
  };

  return {
    all: () => jobs,
    finish: () => {
      finishing = true;
    },
    async work() {
      while (!finishing) {
        await look();
        for (let open = jobs.filter(isOpen).length; open < options.atOnce && !finishing; open++) await queueOne();
        await delay(lookEveryMs);
      }
      for (const until = performance.now() + drainMs; jobs.some(isWorking); await delay(lookEveryMs)) {
        await look();
        if (performance.now() < until) continue;
        const left = jobs.filter(isWorking).map((job) => `${job.tag} is ${job.prompt.state}`);
        throw new Error(`after ${drainMs / 1_000} s: ${left.join(", ")}`);
      }
    },
  };
}

const isOpen = (job: Job): boolean => openPromptStates.includes(job.prompt.state);
/** An `unknown` prompt is open until a person decides, so nobody waits for it. */
const isWorking = (job: Job): boolean => isOpen(job) && job.prompt.state !== "unknown";

/** Asks again while there is nobody to answer, as a person at a dashboard does. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + drainMs; ; await delay(lookEveryMs)) {
    try {
      return await ask();
    } catch (error) {
      if (!isAnswerLost(error) || performance.now() > until) throw error;
    }
  }
}
