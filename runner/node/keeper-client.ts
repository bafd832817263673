import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { getSystemErrorName } from "node:util";
import * as z from "zod";
import { BatonError } from "#protocol/errors";
import { parseMessage } from "#protocol/json";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { errorCode, readIfThere } from "#runner/keeper/files";
import { isAlive } from "#runner/keeper/is-alive";
import { keeperPollMs, keeperRestartMs, keeperStartTimeoutMs } from "#runner/node/caps";
import { ownEnvironment } from "#runner/node/environment";
import { makePrivateFolder } from "#runner/node/files";
import { type InstalledKeeper, installKeeper } from "#runner/node/keeper-install";
import { connectKeeperSocket } from "#runner/node/keeper-socket";

export interface KeeperClientOptions {
  readonly dataFolder: string;
  /** The folder of the built artifacts, with `keeper.cjs` in it. */
  readonly built: string;
  readonly productVersion: string;
  /** What the keeper's own log calls this client. */
  readonly client: string;
  /** Node, or an editor's executable that can be Node. */
  readonly nodeExecutable?: string;
}

export interface KeeperClient {
  /** The newest keeper, started where there is none. @throws BatonError `keeper_unreachable` */
  connect(): Promise<KeeperConnection>;
  /** The newest keeper if it is there, or undefined; nothing is started. */
  connectIfThere(): Promise<KeeperConnection | undefined>;
  /** Keepers of other versions that still run. */
  connectOlder(): Promise<KeeperConnection[]>;
}

/** How a keeper can be reached, as it wrote it down itself. */
const KeeperInfo = z.looseObject({ pid: z.int(), socket: z.string(), token: z.string() });

export function createKeeperClient(options: KeeperClientOptions): KeeperClient {
  let installed: InstalledKeeper | undefined;
  const install = () => {
    installed ??= installKeeper(options.built, options.dataFolder, options.productVersion);
    return installed;
  };
  const keepersFolder = join(options.dataFolder, "keeper");
  const infoFile = (version: string) => join(keepersFolder, version, "keeper.json");

  const connectTo = async (version: string): Promise<KeeperConnection | undefined> => {
    const text = readInfo(infoFile(version));
    if (text === undefined) return undefined;
    try {
      const { pid, socket, token } = parseMessage(KeeperInfo, text);
      // The pipe of a dead keeper could be made by anybody since, to be told what agents are started with.
      if (process.platform === "win32" && !isAlive(pid)) return undefined;
      return await connectKeeperSocket(socket, token, options.client);
    } catch (error) {
      // The file of a keeper that is gone, or one that is being written: nobody listens there.
      if (error instanceof BatonError && notThereCodes.has(error.code)) return undefined;
      throw error;
    }
  };

  return {
    connectIfThere: () => connectTo(install().version),
    async connect() {
      const { version, main } = install();
      const there = await connectTo(version);
      if (there) return there;
      let started = start(options, main, version);
      const untilMs = performance.now() + keeperStartTimeoutMs;
      while (performance.now() < untilMs) {
        const keeper = await connectTo(version);
        if (keeper) return keeper;
        const failure = started.failure();
        if (failure !== undefined) throw new BatonError("keeper_unreachable", { reason: failure });
        await delay(keeperPollMs);
        // It found another one at work, which may have been about to leave.
        if (started.hasLeft(keeperRestartMs)) started = start(options, main, version);
      }
      throw new BatonError("keeper_unreachable", {
        reason: `it did not start within ${keeperStartTimeoutMs / 1000} s`,
      });
    },
    async connectOlder() {
      const own = install().version;
      const others = namesIn(keepersFolder).filter((version) => version !== own);
      // One that cannot be spoken to hides no other one.
      const connections = await Promise.allSettled(others.map(connectTo));
      return connections.flatMap((one) => (one.status === "fulfilled" && one.value ? [one.value] : []));
    },
  };
}

/** @throws BatonError `store_damaged` where the system does not let it be read */
function readInfo(file: string): string | undefined {
  try {
    return readIfThere(file);
  } catch (error) {
    throw new BatonError("store_damaged", { file, reason: errorCode(error) ?? String(error) }, { cause: error });
  }
}

/** Above the shell's own two, a keeper that could not start leaves by the number of what the system refused. */
const codeText = (code: number | null) =>
  code !== null && code > 2 ? `${getSystemErrorName(-code)} (exit code ${code})` : `exit code ${code}`;

interface StartedKeeper {
  failure(): string | undefined;
  /** Whether it has gone by itself, at least this long ago. */
  hasLeft(agoMs: number): boolean;
}

const notThereCodes = new Set<string>(["keeper_unreachable", "message_malformed", "connection_lost"]);

/**
 * Starts a keeper that outlives this process. Where two are started at once, one of them wins and the other leaves by
 * itself, with exit code 0.
 */
function start(options: KeeperClientOptions, main: string, version: string): StartedKeeper {
  makePrivateFolder(options.dataFolder);
  let failure: string | undefined;
  let leftAtMs = Number.POSITIVE_INFINITY;
  const child = spawn(
    options.nodeExecutable ?? process.execPath,
    [main, "--home", options.dataFolder, "--version", version],
    {
      cwd: options.dataFolder,
      env: { ...ownEnvironment(), ELECTRON_RUN_AS_NODE: "1" },
      detached: true,
      stdio: "ignore",
      windowsHide: true,
    },
  );
  child.once("error", (error) => {
    failure = error.message;
  });
  child.once("exit", (code, signal) => {
    if (code === 0) leftAtMs = performance.now();
    else failure = `it ended with ${signal ?? codeText(code)}`;
  });
  child.unref();
  return { failure: () => failure, hasLeft: (agoMs) => performance.now() - leftAtMs >= agoMs };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}
