import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { BatonError } from "#protocol/errors";
import { lockBeatMs, lockWatchMs } from "#relay/store/caps";
import { type Disk, type DiskFile, errorCodeOf, unlessMissing } from "#relay/store/embedded/disk";
import type { StoreLogger } from "#relay/store/embedded/logger";

/** Who holds a data folder: enough to tell a live process from a dead one whose number was given to another. */
const Holder = z.looseObject({
  format: z.literal("baton-lock"),
  v: z.literal(1),
  pid: z.int(),
  host: z.string(),
  /** Linux: when the process started, in ticks since the boot. */
  startTicks: z.string().optional(),
  bootId: z.string().optional(),
  /** Linux: process numbers of another namespace, a container, mean nothing here. */
  pidNamespace: z.string().optional(),
});
type Holder = z.infer<typeof Holder>;

export interface FolderLock {
  release(): Promise<void>;
}

export interface LockOptions {
  readonly disk: Disk;
  readonly folder: string;
  readonly clock: () => number;
  readonly logger: StoreLogger;
  readonly beatMs?: number;
  readonly watchMs?: number;
}

/**
 * Makes this process the only relay of a data folder. The lock of a process that has ended is taken over at once; of
 * one that cannot be judged from here (another container or machine) only when it does not touch its file any more.
 *
 * Locks are numbered, and the highest one counts. Whoever finds it free makes the next one, which only one can; it is
 * never removed, only marked as free, so that no late comer can mistake an old number for a new one.
 * @throws BatonError `store_locked`
 */
export async function lockFolder(options: LockOptions): Promise<FolderLock> {
  const { disk, folder, logger } = options;
  const own = await describeSelf();
  for (;;) {
    const highest = await highestLock(disk, folder);
    const path = lockPath(folder, highest);
    const holder = highest > 0 ? await readHolder(disk, path) : undefined;
    if (holder && (await isAlive(holder, own, path, options))) {
      throw new BatonError("store_locked", { pid: holder.pid, host: holder.host, folder });
    }
    if (holder) logger.info({ holder: holder.pid }, "the lock of a relay that has ended is taken over");
    const next = lockPath(folder, highest + 1);
    if (!(await made(disk, next, `${JSON.stringify(own)}\n`))) continue;
    if ((await highestLock(disk, folder)) === highest + 1) {
      await removeLower(disk, folder, highest + 1);
      return keepAlive(options, next);
    }
    await unlessMissing(disk.unlink(next));
  }
}

function keepAlive({ disk, clock, logger, beatMs = lockBeatMs }: LockOptions, path: string): FolderLock {
  const timer = setInterval(() => {
    disk.touch(path, clock()).catch((error) => logger.warn({ err: error }, "the lock file cannot be touched"));
  }, beatMs).unref();
  return {
    async release() {
      clearInterval(timer);
      const file = await unlessMissing(disk.open(path, "r+"));
      if (!file) return;
      try {
        await file.write([Buffer.from(freed, "utf8")], 0);
        await file.truncate(freed.length);
      } finally {
        await file.close();
      }
    },
  };
}

async function highestLock(disk: Disk, folder: string): Promise<number> {
  return Math.max(0, ...(await disk.list(folder)).map(lockNumber));
}

async function removeLower(disk: Disk, folder: string, number: number): Promise<void> {
  for (const name of await disk.list(folder)) {
    const lower = lockNumber(name);
    if (lower > 0 && lower < number) await unlessMissing(disk.unlink(join(folder, name)));
  }
}

/** The content of a lock that nobody holds any more. */
const freed = "{}\n";
const emptyLockMs = 500;
const emptyLockStepMs = 10;
const lockPrefix = "relay.lock.";
const lockPath = (folder: string, number: number) => join(folder, `${lockPrefix}${number}`);
const lockNumber = (name: string) => Number(/^relay\.lock\.(\d{1,15})$/.exec(name)?.[1] ?? 0);

async function isAlive(holder: Holder, self: Holder, path: string, options: LockOptions): Promise<boolean> {
  if (holder.host !== self.host || holder.pidNamespace !== self.pidNamespace) return isTouched(path, options);
  if (holder.bootId !== self.bootId) return false;
  if (!processExists(holder.pid)) return false;
  const startTicks = await startTicksOf(holder.pid);
  if (startTicks !== undefined && holder.startTicks !== undefined) return startTicks === holder.startTicks;
  return isTouched(path, options);
}

/** Watches whether anybody still touches the lock. */
async function isTouched(path: string, { disk, watchMs = lockWatchMs, beatMs = lockBeatMs }: LockOptions) {
  const before = await unlessMissing(disk.stat(path));
  for (let waitedMs = 0; waitedMs < watchMs; waitedMs += beatMs / 4) {
    await delay(beatMs / 4);
    const now = await unlessMissing(disk.stat(path));
    if (now?.changedAt !== before?.changedAt) return now !== undefined;
  }
  return false;
}

async function made(disk: Disk, path: string, text: string): Promise<boolean> {
  let file: DiskFile;
  try {
    file = await disk.open(path, "wx");
  } catch (error) {
    if (errorCodeOf(error) === "EEXIST") return false;
    throw error;
  }
  try {
    await file.write([Buffer.from(text, "utf8")], 0);
  } finally {
    await file.close();
  }
  return true;
}

/** An empty lock is being made by somebody right now; one that stays empty was left by a crash. */
async function readHolder(disk: Disk, path: string): Promise<Holder | undefined> {
  for (let waitedMs = 0; waitedMs < emptyLockMs; waitedMs += emptyLockStepMs) {
    const found = await unlessMissing(disk.readFile(path));
    if (!found) return undefined;
    if (found.length > 0) return parseHolder(found);
    await delay(emptyLockStepMs);
  }
  return undefined;
}

function parseHolder(bytes: Uint8Array): Holder | undefined {
  try {
    return Holder.safeParse(JSON.parse(Buffer.from(bytes).toString("utf8"))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function describeSelf(): Promise<Holder> {
  const startTicks = await startTicksOf(process.pid);
  const bootId = await fromLinux(readFile("/proc/sys/kernel/random/boot_id", "utf8"));
  const pidNamespace = await fromLinux(readlink("/proc/self/ns/pid"));
  return {
    format: "baton-lock",
    v: 1,
    pid: process.pid,
    host: hostname(),
    ...(startTicks !== undefined && { startTicks }),
    ...(bootId !== undefined && { bootId: bootId.trim() }),
    ...(pidNamespace !== undefined && { pidNamespace }),
  };
}

/** Field 22 of `/proc/PID/stat`; the name in field 2 may hold spaces and brackets (proc(5)). */
async function startTicksOf(pid: number): Promise<string | undefined> {
  const stat = await fromLinux(readFile(`/proc/${pid}/stat`, "utf8"));
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

async function fromLinux(read: Promise<string>): Promise<string | undefined> {
  try {
    return await read;
  } catch (error) {
    if (errorCodeOf(error) !== undefined) return undefined;
    throw error;
  }
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCodeOf(error) === "EPERM";
  }
}
