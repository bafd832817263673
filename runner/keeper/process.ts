import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { newId } from "#protocol/ids";
import { type KeeperLimits, shutdownGraceMs, sweepEveryMs } from "#runner/keeper/caps";
import { createClaims } from "#runner/keeper/claims";
import { attempt, readIfThere } from "#runner/keeper/files";
import { startGuard } from "#runner/keeper/guard";
import { createKeeper, type Keeper } from "#runner/keeper/keeper";
import { type KeeperFile, readKeeperFile, writeKeeperFile } from "#runner/keeper/keeper-file";
import { takeLock } from "#runner/keeper/lock";
import { createOwnLog, type OwnLog } from "#runner/keeper/own-log";
import { keeperPaths } from "#runner/keeper/paths";
import { replayLog } from "#runner/keeper/replay";
import { makeStoreRoom } from "#runner/keeper/retention";
import { newSocketAddress } from "#runner/keeper/runtime-folder";
import { createScreens } from "#runner/keeper/screens";
import { type KeeperServer, serve } from "#runner/keeper/server";
import { makeFolders, openPastRuns } from "#runner/keeper/store";

interface KeeperOptions {
  readonly home: string;
  /** Names the build; there is one keeper of each. */
  readonly version: string;
  /** Where the socket goes; default: the user's runtime folder. */
  readonly runtime: string | undefined;
  readonly limits: KeeperLimits;
}

/** Is the keeper of a home until nobody needs one any more. Returns at once when there is one already. */
export async function runKeeper(options: KeeperOptions): Promise<void> {
  const { limits, version } = options;
  const paths = keeperPaths(options.home, version);
  makeFolders(paths);
  const log = createOwnLog(paths.ownLog, Date.now);
  const socket = newSocketAddress(options.runtime);
  const lock = await takeLock(paths.versionFolder, { pid: process.pid, socket });
  if (!lock) return;

  watchForMistakes(log);
  const file: KeeperFile = {
    pid: process.pid,
    socket,
    token: randomBytes(32).toString("base64url"),
    version,
    storeId: newId("store"),
    startedAt: Date.now(),
  };
  const guard = startGuard(log);
  const screens = createScreens(log);
  const claims = createClaims(paths);
  const idle = idleWatch(limits.idleExitMs, () => void keeper.leaveIfIdle());
  let server: KeeperServer | undefined;
  let leaving = false;
  const isIdle = () => keeper.runningRuns === 0 && (server?.connections ?? 0) === 0;
  const keeper: Keeper = createKeeper({
    paths,
    storeId: file.storeId,
    version,
    limits,
    log,
    screens,
    guard,
    claims,
    now: Date.now,
    broadcast: (message) => server?.broadcast(message),
    grown: () => makeStoreRoom(keeper, limits, log, Date.now()),
    // The reply to whoever asked goes out first.
    leave: () => setImmediate(leaveLoudly, "nobody needs it"),
    moved: () => idle.look(isIdle()),
  });
  const past = await openPastRuns(paths, replayLog(screens), log);
  for (const run of past.runs) keeper.adopt(run);
  server = await serve({
    address: socket,
    token: file.token,
    log,
    keeper: () => keeper,
    moved: () => idle.look(isIdle()),
    strangerLeft: () => {
      if (!leaving) keepFileWhole(paths.info, file, log);
    },
  });
  writeKeeperFile(paths.info, file);
  for (const dead of lock.deadSockets) if (process.platform !== "win32") rmSync(dead, { force: true });
  log.info("the keeper serves", { version, storeId: file.storeId, runs: keeper.runs().length });

  const sweep = () => {
    makeStoreRoom(keeper, limits, log, Date.now());
    attempt(
      () => claims.forgetOld(Date.now()),
      (error) => log.error("old claims could not be forgotten", { reason: error.message }),
    );
  };
  setImmediate(() => {
    past.note();
    sweep();
  });
  setInterval(sweep, sweepEveryMs).unref();
  idle.look(isIdle());

  async function leave(why: string): Promise<void> {
    if (leaving) process.exit(1);
    leaving = true;
    log.info("the keeper leaves", { why });
    // Whoever looks for a keeper now starts a new one.
    if (readKeeperFile(paths.info)?.storeId === file.storeId) rmSync(paths.info, { force: true });
    await keeper.endAll(shutdownGraceMs);
    await server?.close();
    guard.dismiss();
    process.exit(0);
  }
  function leaveLoudly(why: string): void {
    leave(why).catch((error: unknown) => {
      log.error("the keeper could not leave in order", { error: String(error) });
      process.exit(1);
    });
  }
  process.on("SIGHUP", () => log.info("SIGHUP is ignored: whoever started the keeper may go"));
  process.on("SIGTERM", () => leaveLoudly("SIGTERM"));
  process.on("SIGINT", () => leaveLoudly("SIGINT"));
}

/** Without this file nobody finds the keeper, and with it its runs. */
function keepFileWhole(path: string, file: KeeperFile, log: OwnLog): void {
  attempt(
    () => {
      if (readIfThere(path) === JSON.stringify(file)) return;
      writeKeeperFile(path, file);
      log.warn("the file that names this keeper was damaged; it is written again");
    },
    (error) => log.error("the file that names this keeper cannot be written again", { reason: error.message }),
  );
}

/** Calls back when it was idle for the whole time. */
function idleWatch(idleMs: number, then: () => void) {
  let timer: NodeJS.Timeout | undefined;
  return {
    look(isIdle: boolean) {
      clearTimeout(timer);
      timer = isIdle ? setTimeout(then, idleMs) : undefined;
    },
  };
}

/** A keeper with a mistake in it stops at once: its guard ends what it leaves, and the next one says what was lost. */
function watchForMistakes(log: OwnLog): void {
  const stop = (error: unknown) => {
    log.error("the keeper stops", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.exit(1);
  };
  process.on("uncaughtException", stop);
  process.on("unhandledRejection", stop);
}
