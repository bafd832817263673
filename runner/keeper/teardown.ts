import type { RunId } from "#protocol/ids";
import {
  hangUpGraceMs,
  interruptGraceMs,
  interruptThenHangUpGraceMs,
  sweepGraceMs,
  sweepRounds,
  terminateGraceMs,
} from "#runner/keeper/caps";
import { kill } from "#runner/keeper/kill";
import { belowProcess, markedProcesses, readProcessTable, type SeenProcess } from "#runner/keeper/process-table";
import { markerName } from "#runner/keeper/spawn";
import { taskkill } from "#runner/keeper/taskkill";

type EndSignal = "SIGINT" | "SIGHUP" | "SIGTERM";

const graceMs: Record<EndSignal, number> = {
  SIGINT: interruptGraceMs,
  SIGHUP: hangUpGraceMs,
  SIGTERM: terminateGraceMs,
};
const isWindows = process.platform === "win32";

export interface EndedProcess {
  readonly pid: number;
  /** Settles when the process itself has ended; others of its tree may live on. */
  readonly exited: Promise<void>;
}

/**
 * Ends a process with everything below it: the signals in order, each with its time, then SIGKILL. What was below it
 * is noted before, because it cannot be found by parentage afterwards.
 * @param limitMs at most this long for each signal
 * @returns what was noted, for the sweep
 */
export async function endProcess(
  target: EndedProcess,
  signals: readonly EndSignal[],
  limitMs = Number.POSITIVE_INFINITY,
): Promise<SeenProcess[]> {
  const noted = new Map<number, SeenProcess>();
  const note = async () => {
    for (const one of belowProcess(await readProcessTable(), target.pid)) noted.set(one.pid, one);
  };
  for (const [index, signal] of signals.entries()) {
    const isBeforeHangUp = signal === "SIGINT" && signals[index + 1] === "SIGHUP";
    const signalGraceMs = isBeforeHangUp ? interruptThenHangUpGraceMs : graceMs[signal];
    await note();
    const isTold = await signalGroup(target.pid, signal);
    signalOtherGroups(target.pid, [...noted.values()], signal);
    if (isTold && (await within(target.exited, Math.min(limitMs, signalGraceMs)))) return [...noted.values()];
  }
  await note();
  await signalGroup(target.pid, "SIGKILL");
  await within(target.exited, sweepGraceMs);
  return [...noted.values()];
}

/**
 * Ends what is left of a run: what was noted below it, what is still in its session, and whatever carries its marker.
 * @returns how many processes had to be ended
 */
export async function sweepRun(runId: RunId, pid: number, noted: readonly SeenProcess[]): Promise<number> {
  const ended = new Set<number>();
  for (let round = 0; round < sweepRounds; round++) {
    const left = await leftOver(runId, pid, noted);
    if (left.length === 0) break;
    for (const one of left) {
      ended.add(one);
      kill(one, round === 0 ? "SIGTERM" : "SIGKILL");
    }
    await emptied(() => leftOver(runId, pid, noted), round === 0 ? sweepGraceMs : 200);
  }
  return ended.size;
}

/** An interactive shell puts itself into a group of its own, so that the session's first group misses it. */
function signalOtherGroups(pid: number, below: readonly SeenProcess[], signal: EndSignal): void {
  const groups = new Set(below.filter((one) => one.parent === pid && one.group !== pid).map((one) => one.group));
  for (const group of groups) kill(-group, signal);
}

/**
 * Sends a signal to a process group: what a terminal does for Ctrl-C.
 * @returns false where nobody can be told, so that there is nothing to wait for
 */
export async function signalGroup(pid: number, signal: NodeJS.Signals): Promise<boolean> {
  if (isWindows) return taskkill(pid, signal === "SIGKILL");
  kill(-pid, signal);
  return true;
}

async function leftOver(runId: RunId, pid: number, noted: readonly SeenProcess[]): Promise<number[]> {
  const table = await readProcessTable();
  const alive = new Map(table.map((one) => [one.pid, one]));
  const left = new Set((await markedProcesses(markerName, runId)).filter((one) => alive.has(one)));
  for (const one of noted) if (alive.get(one.pid)?.startedAt === one.startedAt) left.add(one.pid);
  for (const one of belowProcess(table, pid)) left.add(one.pid);
  left.delete(process.pid);
  return [...left];
}

/** Looks again until nothing is left or the time is over. */
async function emptied(look: () => Promise<number[]>, limitMs: number): Promise<void> {
  const until = performance.now() + limitMs;
  for (let pauseMs = 5; performance.now() < until; pauseMs = Math.min(2 * pauseMs, 100)) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if ((await look()).length === 0) return;
  }
}

async function within(done: Promise<void>, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const first = await Promise.race([done.then(() => true), late]);
  clearTimeout(timer);
  return first;
}
