import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import {
  hostOtherMs,
  hostPollMs,
  hostStartMs,
  hostStopMs,
  hostTunnelStartMs,
  maxHostFailureLength,
} from "#extension/caps";
import { findLocalRelay, type LocalRelay } from "#extension/hosting/local-relay";
import { BatonError } from "#protocol/errors";
import { readIfThere } from "#runner/keeper/files";
import { isAlive } from "#runner/keeper/is-alive";
import { kill } from "#runner/keeper/kill";
import type { NamedTunnel } from "#runner/node/cloudflare/source";
import { readOwnFile, type TellDamaged } from "#runner/node/damaged-file";
import { ownEnvironment } from "#runner/node/environment";
import { makePrivateFile, makePrivateFolder, writePrivateFile } from "#runner/node/files";
import { freePort } from "#runner/node/free-port";
import { installCopy } from "#runner/node/installed-copy";

/** How the relay of this machine is hosted: so that it comes back at the same address. */
const Hosting = z.looseObject({
  v: z.literal(1),
  /** Whether it is to run; a window that finds it gone, as after a restart of the machine, starts it again. */
  isWanted: z.boolean(),
  port: z.int().min(1).max(65_535),
  /** The address of this machine in the local network, where it is open to that; absent: this machine only. */
  address: z.string().optional(),
  /** It is reachable from the internet, through Cloudflare: at the name of a tunnel of the user's own, else at a new one. */
  tunnel: z.object({ hostname: z.string().optional(), pid: z.int().positive().optional() }).optional(),
});
type Hosting = z.infer<typeof Hosting>;

/** The relay that this editor's user hosts on this machine. All windows find the same one. */
export interface HostedRelay {
  /** Where its data lies. */
  readonly dataFolder: string;
  /** Whether it is to run, as of the last start or stop by any window. */
  isWanted(): boolean;
  find(): Promise<LocalRelay | undefined>;
  /**
   * Finds it, or starts it as a process of its own, which outlives this one.
   * @param reach absent: as before
   * @throws BatonError `relay_not_started`, and what the tunnel's program is refused with
   */
  start(reach?: RelayReach): Promise<LocalRelay>;
  /** Ends it. What it knows is kept. @throws BatonError `relay_not_stopped` */
  stop(): Promise<void>;
}

/** From where the relay can be reached. */
export type RelayReach =
  | { readonly from: "here" }
  /** @param address of this machine, in the local network */
  | { readonly from: "network"; readonly address: string }
  /** @param hostname of a tunnel of the user's own; absent: a quick tunnel */
  | { readonly from: "internet"; readonly hostname?: string };

interface HostedRelayOptions {
  /** The data folder of this user. */
  readonly data: string;
  /** The folder of the built artifacts, with `baton-relay.cjs` and `ui` in it. */
  readonly built: string;
  readonly productVersion: string;
  /** Node, or an editor's executable that can be Node. */
  readonly nodeExecutable: () => Promise<string>;
  /** What a tunnel needs: its program, and the token of one of the user's own. */
  readonly cloudflare: {
    program(): Promise<string>;
    readonly named: { read(): Promise<NamedTunnel | undefined> };
  };
  /** Told where what was known of the relay was damaged, and is set aside. */
  readonly damaged?: TellDamaged;
}

const firstPort = 4000;

export function createHostedRelay(options: HostedRelayOptions): HostedRelay {
  const dataFolder = join(options.data, "hosted-relay");
  const stateFile = join(options.data, "hosted-relay.json");
  /** One that was damaged is set aside: all that is lost with it is the port, and that the relay was to run. */
  const read = () => readOwnFile(stateFile, Hosting, options.damaged ?? (() => undefined));
  const write = (hosting: Hosting) => writePrivateFile(stateFile, JSON.stringify(hosting));
  const find = () => findLocalRelay(dataFolder);
  /** Of two windows that choose at the same moment the first one has chosen for both. */
  const choosePort = async (): Promise<number> => {
    const port = await freePort(firstPort);
    const chosen: Hosting = { v: 1, isWanted: true, port };
    makePrivateFile(stateFile, JSON.stringify(chosen));
    return read()?.port ?? port;
  };

  return {
    dataFolder,
    isWanted: () => read()?.isWanted ?? false,
    find,
    async start(reach) {
      const there = await find();
      const before = read();
      if (there) {
        if (before && !before.isWanted) write({ ...before, isWanted: true });
        return there;
      }
      const port = before?.port ?? (await choosePort());
      const hosting: Hosting = { v: 1, isWanted: true, port, ...(reach ? kept(reach) : partsOf(before)) };
      const behind = hosting.tunnel && (await tunnelParts(options, hosting.tunnel.hostname));
      write(hosting);
      const began = (pid: number) => hosting.tunnel && write({ ...hosting, tunnel: { ...hosting.tunnel, pid } });
      return startProcess(options, dataFolder, hosting, { find, began, behind });
    },
    async stop() {
      const before = read();
      if (before) write({ ...before, isWanted: false });
      const there = await find();
      // A tunnel ends with its relay, and nothing is public any more when that is said to have stopped.
      const tunnel = before?.tunnel?.pid;
      if (there) kill(there.pid, "SIGTERM");
      const left = () => [there?.pid, there && tunnel].find((pid) => pid !== undefined && isAlive(pid));
      for (const until = performance.now() + hostStopMs; performance.now() < until; ) {
        if (left() === undefined) return;
        await delay(hostPollMs);
      }
      throw new BatonError("relay_not_stopped", { pid: left() ?? 0 });
    },
  };
}

const partsOf = (before: Hosting | undefined): Pick<Hosting, "address" | "tunnel"> => ({
  ...(before?.address !== undefined && { address: before.address }),
  ...(before?.tunnel && { tunnel: { ...(before.tunnel.hostname && { hostname: before.tunnel.hostname }) } }),
});

const kept = (reach: RelayReach): Pick<Hosting, "address" | "tunnel"> => {
  if (reach.from === "network") return { address: reach.address };
  if (reach.from === "here") return {};
  return { tunnel: reach.hostname === undefined ? {} : { hostname: reach.hostname } };
};

/** What the process of a tunnel is told beside the relay's own settings. */
interface Behind {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** @throws BatonError `cloudflared_missing`; `tunnel_refused` where the user's own tunnel has no token any more */
async function tunnelParts({ data, cloudflare }: HostedRelayOptions, hostname: string | undefined): Promise<Behind> {
  const args = [`--cloudflared=${await cloudflare.program()}`, `--config=${join(data, "hosted-relay-tunnel.yml")}`];
  if (hostname === undefined) return { args, env: {} };
  const named = await cloudflare.named.read();
  if (named?.hostname !== hostname) throw new BatonError("tunnel_refused", { reason: `${hostname} has no token here` });
  return { args: [...args, `--hostname=${hostname}`], env: { TUNNEL_TOKEN: named.token } };
}

interface Starting {
  find(): Promise<LocalRelay | undefined>;
  /** The process is there. */
  began(pid: number): void;
  readonly behind: Behind | undefined;
}

/** Starts the process and waits until it serves. Where two windows start one, the one that is too late leaves. */
async function startProcess(
  { data, built, productVersion, nodeExecutable }: HostedRelayOptions,
  dataFolder: string,
  { port, address }: Hosting,
  { find, began, behind }: Starting,
): Promise<LocalRelay> {
  const copies = join(data, "relay-bin");
  const parts = ["baton-relay.cjs", "cloudflared-hosting.cjs", "ui"];
  const hashed = ["baton-relay.cjs", "cloudflared-hosting.cjs", "ui/index.html"];
  const { folder } = installCopy({ built, copies, parts, hashed, productVersion });
  makePrivateFolder(dataFolder);
  const executable = await nodeExecutable();
  const logFile = join(data, "hosted-relay.log");
  const log = openSync(logFile, "w", 0o600);
  const where =
    address === undefined
      ? ["--host", "127.0.0.1"]
      : ["--host", "0.0.0.0", "--only-at", address, "--public-url", `http://${address}:${port}`];
  const relay = [join(folder, "baton-relay.cjs"), "serve", ...where, "--port", String(port)];
  const whole = [...relay, "--data", dataFolder, ...quiet];
  const tunnel = behind && [join(folder, "cloudflared-hosting.cjs"), `--port=${port}`, ...behind.args, "--", ...whole];
  const patienceMs = behind ? hostTunnelStartMs : hostStartMs;
  const child = spawn(executable, tunnel ?? whole, {
    cwd: data,
    env: { ...withoutBaton(ownEnvironment()), ...behind?.env, ELECTRON_RUN_AS_NODE: "1" },
    detached: true,
    stdio: ["ignore", "ignore", log],
    windowsHide: true,
  });
  closeSync(log);
  if (child.pid !== undefined) began(child.pid);
  let ended: string | undefined;
  let endedAtMs = Number.POSITIVE_INFINITY;
  const over = new Promise<void>((resolve) => {
    const end = (how: string) => {
      ended ??= how;
      endedAtMs = performance.now();
      resolve();
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => end(signal ?? `exit code ${code}`));
  });
  child.unref();
  for (const until = performance.now() + patienceMs; performance.now() < until; ) {
    const found = await find();
    // Behind a tunnel the relay is below the process; one too many finds the relay's folder taken, and ends by itself.
    if (found && (behind || found.pid === child.pid)) return found;
    if (found) {
      // Another window was quicker. This one must not begin to serve when that one is stopped.
      child.kill("SIGKILL");
      await over;
      return found;
    }
    // One of another window may be starting: then this one found the folder taken.
    if (performance.now() - endedAtMs > hostOtherMs) {
      const said = readIfThere(logFile)?.trim().slice(-maxHostFailureLength);
      throw new BatonError("relay_not_started", { reason: said || String(ended) });
    }
    await delay(hostPollMs);
  }
  // A tunnel ends what is below it.
  child.kill(behind ? "SIGTERM" : "SIGKILL");
  throw new BatonError("relay_not_started", { reason: `it did not answer within ${patienceMs / 1000} s` });
}

const quiet = ["--log-level", "warn"];

/** The relay's settings in the editor's environment are for another one. */
const withoutBaton = (environment: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(BATON_|PORT$)/.test(name)));
