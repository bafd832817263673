import type { Payload } from "#protocol/payloads";
import { answersHttp } from "#runner/keeper/answers";
import {
  maxPortAskMs,
  maxPortLookMs,
  maxPortsPerRun,
  minPortAskMs,
  minPortLookMs,
  outputPortLookMs,
  silentServerMs,
} from "#runner/keeper/caps";
import { listeningPorts } from "#runner/keeper/listening-ports";
import { createNamedPorts } from "#runner/keeper/named-ports";
import { belowProcess, readProcessTable } from "#runner/keeper/process-table";

/** A port as its newest record says. */
export type PortState = Payload<"port">;

/** Follows the ports of one run, for as long as it lives. */
export interface PortWatch {
  /** What the run printed. */
  output(bytes: Uint8Array): void;
  /** Those that are open. */
  all(): PortState[];
  stop(): void;
}

export interface PortWatchDeps {
  /** The first process of the run: what listens is below it. */
  readonly pid: number;
  /** A port has opened, has answered, or has closed. */
  changed(port: PortState): void;
  /** The run has been at work for `silentMs`, and no port has opened. */
  silent(): void;
  readonly silentMs?: number;
  failed(error: unknown): void;
}

interface Followed {
  readonly port: number;
  found: PortState["found"];
  pid?: number;
  /** What was told of it; absent: it was only printed. */
  told?: "listening" | "ready";
  isAsked: boolean;
  /** When it is asked next, and how long after that again. */
  askAt: number;
  waitMs: number;
}

/**
 * Looks for the ports of a run: often while it starts and when it prints, seldom while nothing happens. A port that is
 * only named in the output counts once it answers, and is told apart, because it may be another program's.
 */
export function createPortWatch({
  pid: root,
  changed,
  silent,
  failed,
  silentMs = silentServerMs,
}: PortWatchDeps): PortWatch {
  const followed = new Map<number, Followed>();
  const named = createNamedPorts();
  const silentAt = performance.now() + silentMs;
  let isSilent = true;
  let waitMs = minPortLookMs;
  let timer: NodeJS.Timeout | undefined;
  let isLooking = false;
  let isStopped = false;

  const stateOf = ({ port, found, pid }: Followed, state: PortState["state"]): PortState => ({
    ...{ port, state, found },
    ...(pid !== undefined && { pid }),
  });
  const tell = (one: Followed, state: "listening" | "ready") => {
    one.told = state;
    isSilent = false;
    changed(stateOf(one, state));
  };
  const close = (one: Followed) => {
    followed.delete(one.port);
    if (one.told) changed(stateOf(one, "closed"));
  };
  const follow = (port: number, found: PortState["found"]): Followed | undefined => {
    const known = followed.get(port);
    if (known || followed.size >= maxPortsPerRun) return known;
    const one = { port, found, isAsked: false, askAt: performance.now(), waitMs: minPortAskMs };
    followed.set(port, one);
    return one;
  };

  const ask = async (one: Followed) => {
    one.isAsked = true;
    const answers = await answersHttp(one.port);
    one.isAsked = false;
    one.askAt = performance.now() + one.waitMs;
    one.waitMs = Math.min(2 * one.waitMs, maxPortAskMs);
    if (isStopped || followed.get(one.port) !== one) return;
    if (answers && one.told !== "ready") tell(one, "ready");
    if (!answers && one.found === "output" && one.told) close(one);
  };

  const look = async () => {
    const below = belowProcess(await readProcessTable(), root).map(({ pid }) => pid);
    const listening = await listeningPorts(new Set([root, ...below]));
    if (isStopped) return;
    for (const { port, pid } of listening) {
      const one = follow(port, "process");
      if (!one || (one.told && one.found === "process")) continue;
      one.found = "process";
      one.pid = pid;
      tell(one, one.told ?? "listening");
      waitMs = minPortLookMs;
    }
    const open = new Set(listening.map(({ port }) => port));
    for (const one of followed.values()) if (one.found === "process" && !open.has(one.port)) close(one);
    for (const one of followed.values()) if (isDue(one)) void ask(one).catch(failed);
    if (isSilent && performance.now() >= silentAt) {
      isSilent = false;
      silent();
    }
  };

  const lookIn = (delayMs: number) => {
    clearTimeout(timer);
    if (!isStopped) timer = setTimeout(lookNow, delayMs);
  };
  const lookNow = async () => {
    isLooking = true;
    await look().catch(failed);
    isLooking = false;
    waitMs = Math.min(1.5 * waitMs, maxPortLookMs);
    const isOneNear = [...followed.values()].some(({ told }) => told === "listening");
    lookIn(isOneNear ? minPortAskMs : waitMs);
  };
  lookIn(minPortLookMs);

  return {
    output(bytes) {
      for (const port of named.output(bytes)) follow(port, "output");
      // Where something is printed something happens.
      if (waitMs <= outputPortLookMs) return;
      waitMs = minPortLookMs;
      if (!isLooking) lookIn(outputPortLookMs);
    },
    all: () => [...followed.values()].flatMap((one) => (one.told ? [stateOf(one, one.told)] : [])),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** One that has answered, and belongs to the run, closes when nothing listens there any more. */
const isDue = ({ isAsked, askAt, told, found }: Followed): boolean =>
  !isAsked && performance.now() >= askAt && !(told === "ready" && found === "process");
