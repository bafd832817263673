import { linkSync, readdirSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import * as z from "zod";
import { parseMessage } from "#protocol/json";
import { lockTrustMs } from "#runner/keeper/caps";
import { errorCode, ifThere, readIfThere, writeWhole } from "#runner/keeper/files";
import { isAlive } from "#runner/keeper/is-alive";

const Holder = z.object({ pid: z.int(), socket: z.string() });
type Holder = z.infer<typeof Holder>;

/** The right to be the keeper of a version. */
export interface Lock {
  /** The sockets of keepers that died with the lock, for cleaning up. */
  readonly deadSockets: readonly string[];
}

/**
 * Takes the lock of a folder. A lock is a file `lock.<n>`, made in one step with its content; the one with the highest
 * number is the one that counts, and a number is never used again. So a dead holder is followed by making the next
 * number, which only one of several can do.
 * @returns undefined when a living keeper has it
 */
export async function takeLock(folder: string, self: Holder): Promise<Lock | undefined> {
  const own = join(folder, `lock-${process.pid}.tmp`);
  writeWhole(own, JSON.stringify(self), false);
  try {
    for (;;) {
      const highest = Math.max(0, ...lockNumbers(folder));
      const deadSockets: string[] = [];
      if (highest > 0) {
        const holder = readHolder(lockPath(folder, highest));
        if (await isServing(holder, lockPath(folder, highest))) return undefined;
        if (holder) deadSockets.push(holder.socket);
      }
      const mine = highest + 1;
      if (!linkIfFree(own, lockPath(folder, mine))) continue;
      const numbers = lockNumbers(folder);
      if (Math.max(...numbers) > mine) {
        rmSync(lockPath(folder, mine), { force: true });
        continue;
      }
      for (const number of numbers) if (number < mine) rmSync(lockPath(folder, number), { force: true });
      return { deadSockets };
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Whether a process with this address serves, or is about to. */
async function isServing(holder: Holder | undefined, path: string): Promise<boolean> {
  const madeMs = ifThere(() => statSync(path).mtimeMs) ?? 0;
  for (;;) {
    if (holder && !isAlive(holder.pid)) return false;
    if (holder && (await accepts(holder.socket))) return true;
    if (Date.now() - madeMs > lockTrustMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether somebody listens at a socket. */
export function accepts(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

const lockPath = (folder: string, number: number) => join(folder, `lock.${number}`);

const lockNumbers = (folder: string): number[] =>
  readdirSync(folder).flatMap((name) => {
    const match = /^lock\.(\d+)$/.exec(name);
    return match ? [Number(match[1])] : [];
  });

function readHolder(path: string): Holder | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return parseMessage(Holder, text);
  } catch {
    return undefined;
  }
}

function linkIfFree(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}
