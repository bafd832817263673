import { statfs } from "node:fs/promises";
import { availableParallelism, hostname, loadavg } from "node:os";
import type { RunnerBody } from "#protocol/documents";
import type { RunnerId } from "#protocol/ids";
import { nameFrom } from "#protocol/shown-text";
import type { Clock, Log, PromptAnswer, PromptQuestion, RunnerHost } from "#runner/core/host";
import type { Profile } from "#runner/core/profiles";
import { startLongTimer } from "#runner/keeper/long-timer";
import { createVersions } from "#runner/node/agent-version";
import { createTunnelSource, type TunnelSourceOptions } from "#runner/node/cloudflare/source";
import { createDetector } from "#runner/node/detect";
import type { BatonDirs } from "#runner/node/dirs";
import type { Environment } from "#runner/node/environment";
import { findExecutable } from "#runner/node/find-executable";
import { checkFolder, checkNewFolder } from "#runner/node/folders";
import { gitEvidence } from "#runner/node/git-evidence";
import type { Identity } from "#runner/node/identity";
import type { KeeperClient } from "#runner/node/keeper-client";
import type { NetworkSettings } from "#runner/node/network";
import { openLink } from "#runner/node/open-link";
import { listedPorts } from "#runner/node/previews/ports";
import { detectProjects } from "#runner/node/projects/detect-projects";
import { createKnownProjects, type KnownProjects } from "#runner/node/projects/known-projects";
import { thisMachine } from "#runner/node/projects/machine";
import { resolveCommand } from "#runner/node/resolve-command";
import type { NodeRules } from "#runner/node/rules";
import { serverRequest } from "#runner/node/servers/server-request";

export interface NodeHostOptions {
  readonly dirs: BatonDirs;
  /** A real path. */
  readonly folder: string;
  readonly version: string;
  readonly log: Log;
  readonly identity: Identity;
  readonly runnerId: RunnerId;
  readonly keeper: KeeperClient;
  readonly rules: NodeRules;
  readonly name: string;
  /** The folder of the built artifacts; absent: every CLI prints as it does by itself. */
  readonly built?: string;
  profiles(): readonly Profile[];
  /** The user's environment, as the login shell has it. */
  environment(): Promise<Environment>;
  allowedFolders(): readonly string[];
  /** How those come to public addresses; absent: not at all. */
  readonly tunnels?: Pick<TunnelSourceOptions, "settings" | "named">;
  /** Ports of this machine that people of the relay may be shown. */
  allowedPorts(): readonly number[];
  passEnvironment(): readonly string[];
  /** Repositories that a prompt may begin with unasked. */
  templateSources(): readonly string[];
  ask(question: PromptQuestion, signal: AbortSignal): Promise<PromptAnswer>;
  /** The network beside the environment, as of each time the relay is dialled. */
  network?(): NetworkSettings;
  /** Wishes for the runner's record, which count where it is paired for the first time. */
  readonly wishes?: Partial<RunnerBody>;
}

export const nodeClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => startLongTimer(delayMs, callback),
};

/** The runner's surroundings on plain Node, with what can be run in its folder. */
export interface NodeHost extends RunnerHost {
  readonly projects: KnownProjects;
}

/** For the headless runner, and for an editor to build upon. */
export function createNodeHost(options: NodeHostOptions): NodeHost {
  const { dirs, folder, identity, keeper } = options;
  const detector = createDetector({
    profiles: options.profiles,
    environment: options.environment,
    versions: createVersions(dirs, options.log),
    now: () => Date.now(),
    log: options.log,
  });
  const projects = createKnownProjects({
    detect: async () => detectProjects(folder, thisMachine(await options.environment())),
    clock: () => performance.now(),
    after: (delayMs, callback) => void setTimeout(callback, delayMs).unref(),
    log: options.log,
  });
  const resolveDeps = {
    dirs,
    profiles: options.profiles,
    environment: options.environment,
    passEnvironment: options.passEnvironment,
    templateSources: options.templateSources,
    ...(options.built !== undefined && { built: options.built }),
    folder,
  };

  return {
    clock: nodeClock,
    log: options.log,
    random: Math.random,
    version: options.version,
    runnerId: options.runnerId,
    folder,
    openLink: (url, events) => openLink(url, events, options.network?.()),
    sign: (proof) => identity.sign(proof),
    connectKeeper: () => keeper.connect(),
    connectOlderKeepers: () => keeper.connectOlder(),
    describe: () => describeRunner(folder, options.name, options.wishes),
    async inspect(isFresh) {
      const known = projects.now(isFresh);
      const agents = await detector.agents(isFresh);
      return { agents, ...(await measureMachine(folder)), ...(known && { projects: known }) };
    },
    onInspected(listener) {
      const stops = [detector.onChange(listener), projects.onChange(listener)];
      return () => {
        for (const stop of stops) stop();
      };
    },
    runEnded: () => void projects.now(true),
    projects,
    evidence: gitEvidence(folder, async () => findExecutable("git", await options.environment())),
    ports: listedPorts(options.allowedPorts, options.network),
    ...(options.tunnels &&
      options.built !== undefined && {
        tunnels: createTunnelSource({
          ...options.tunnels,
          ...{ runnerName: options.name, data: dirs.data, built: options.built, folder },
          environment: options.environment,
        }),
      }),
    rules: options.rules,
    trusted: () => true,
    checkFolder: (wanted) => checkFolder(folder, options.allowedFolders(), wanted),
    checkNewFolder: (wanted) => checkNewFolder(folder, options.allowedFolders(), wanted),
    ask: options.ask,
    async resolveCommand(request) {
      const projectsIn = async (below: string) => detectProjects(below, thisMachine(await options.environment()));
      const asked = await serverRequest({ folder, projects: projects.look, projectsIn }, request);
      return resolveCommand(resolveDeps, asked);
    },
  };
}

/** Who this runner is, for the relay's pages. */
export const describeRunner = (folder: string, name: string, wishes: Partial<RunnerBody> = {}): RunnerBody => ({
  ...wishes,
  name: nameFrom(name, "folder"),
  host: nameFrom(hostname(), "host", 255),
  folder,
  platform: `${process.platform}-${process.arch}`,
});

async function measureMachine(folder: string): Promise<{ load?: number; freeDiskBytes?: number }> {
  const [load = 0] = loadavg();
  const disk = await statfs(folder).catch(() => undefined);
  return {
    // Windows has no load average and says 0.
    ...(process.platform !== "win32" && { load: load / availableParallelism() }),
    ...(disk && { freeDiskBytes: disk.bavail * disk.bsize }),
  };
}
