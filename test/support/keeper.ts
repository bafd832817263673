import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { artifact } from "#test/support/dist";
import { connectToKeeper, type KeeperTestClient } from "#test/support/keeper-client";
import { isAlive, processGone } from "#test/support/processes";
import { type TempFolder, tempFolder } from "#test/support/temp";

/** What a keeper wrote down about itself. */
export interface KeeperInfo {
  readonly pid: number;
  readonly socket: string;
  readonly token: string;
  readonly storeId: string;
  readonly version: string;
}

/** A real keeper process in a throw-away home. */
export interface TestKeeper extends AsyncDisposable {
  readonly pid: number;
  readonly home: string;
  readonly info: KeeperInfo;
  /** A connection of its own, behind its hello. */
  connect(name?: string): Promise<KeeperTestClient>;
  /** SIGKILL, as a crash would be; settles when it is gone. */
  crash(): Promise<void>;
  /** Another keeper in the same home, after this one is gone. */
  startAgain(flags?: readonly string[], around?: readonly string[]): Promise<TestKeeper>;
  /** Ends it in order, its runs with it, and removes the home. */
  stop(): Promise<void>;
}

const version = "test";

/**
 * @param flags of the keeper, such as `--segment-bytes`
 * @param around a command that becomes the keeper's, such as one that limits it
 */
export async function startKeeper(flags: readonly string[] = [], around: readonly string[] = []): Promise<TestKeeper> {
  return startIn(tempFolder("keeper"), flags, around);
}

/** @param folder the home, for one that stands on a disk of its own */
export async function startIn(
  folder: TempFolder,
  flags: readonly string[],
  around: readonly string[] = [],
): Promise<TestKeeper> {
  const home = folder.path;
  const child = spawnKeeper(home, flags, around);
  const info = await keeperInfo(home, child.pid);
  const clients: KeeperTestClient[] = [];
  const crash = async () => {
    if (isAlive(info.pid)) process.kill(info.pid, "SIGKILL");
    await processGone(info.pid);
  };
  const stop = async () => {
    for (const client of clients) client.close();
    if (isAlive(info.pid)) process.kill(info.pid, "SIGTERM");
    await processGone(info.pid);
    folder.remove();
  };
  return {
    pid: info.pid,
    home,
    info,
    async connect(name = "test") {
      const client = await connectToKeeper(info.socket, info.token, name);
      clients.push(client);
      return client;
    },
    crash,
    async startAgain(again = flags, by: readonly string[] = []) {
      await processGone(info.pid);
      return startIn(folder, again, by);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * Starts the process as a runner does: detached, with nothing of the starter's.
 * @param around a command that becomes the keeper's, such as one that limits it
 */
export function spawnKeeper(home: string, flags: readonly string[] = [], around: readonly string[] = []) {
  const keeper = [artifact("keeper"), "--home", home, "--version", version, "--runtime", home, ...flags];
  const [file = "", ...args] = [...around, process.execPath, ...keeper];
  const child = spawn(file, args, { detached: true, stdio: ["ignore", "ignore", "inherit"], cwd: home });
  child.unref();
  return child;
}

/** Waits until a keeper serves a home. @param of its version */
export async function keeperInfo(
  home: string,
  pid?: number,
  timeoutMs = 10_000,
  of: string = version,
): Promise<KeeperInfo> {
  const path = join(home, "keeper", of, "keeper.json");
  const until = performance.now() + timeoutMs;
  while (performance.now() < until) {
    if (existsSync(path)) {
      const info = JSON.parse(readFileSync(path, "utf8")) as KeeperInfo;
      if (isAlive(info.pid) && (pid === undefined || pid === info.pid)) return info;
    }
    await delay(10);
  }
  throw new Error(whyNone(home, pid, of));
}

/** All that is known of a keeper that does not serve, because it may not happen a second time. */
function whyNone(home: string, pid: number | undefined, of: string): string {
  const folder = join(home, "keeper", of);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const contents = files.map((name) => `${name}: ${readFileSync(join(folder, name), "utf8").slice(-2_000)}`);
  const is = pid === undefined ? "" : ` (process ${pid} ${isAlive(pid) ? "is there" : "is gone"})`;
  return [`no keeper serves ${home}${is}`, ...contents].join("\n");
}
