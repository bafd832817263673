import type { Access, AgentInfo, RunMode } from "#protocol/documents";
import type { Log } from "#runner/core/host";
import type { Profile } from "#runner/core/profiles";
import type { Versions } from "#runner/node/agent-version";
import { detectEveryMs, versionsAtATime } from "#runner/node/caps";
import { type Environment, variable } from "#runner/node/environment";
import { findExecutable } from "#runner/node/find-executable";

/** Which agents this machine has. */
export interface Detector {
  /** A look at PATH; versions that are not known yet come later, as a change. @param isFresh looks again now */
  agents(isFresh?: boolean): Promise<AgentInfo[]>;
  onChange(listener: () => void): () => void;
}

export interface DetectorDeps {
  profiles(): readonly Profile[];
  environment(): Promise<Environment>;
  readonly versions: Versions;
  now(): number;
  readonly log: Log;
}

export function createDetector(deps: DetectorDeps): Detector {
  const listeners = new Set<() => void>();
  let last: { agents: AgentInfo[]; atMs: number; profiles: string } | undefined;
  let looking: Promise<AgentInfo[]> | undefined;

  const remember = (profiles: readonly Profile[], env: Environment) => {
    const agents = profiles.map((profile) => describeAgent(profile, env, deps.versions));
    last = { agents, atMs: deps.now(), profiles: JSON.stringify(profiles) };
  };

  const look = async (): Promise<AgentInfo[]> => {
    const env = await deps.environment();
    const profiles = deps.profiles();
    remember(profiles, env);
    askVersions(profiles, env).catch((error: unknown) =>
      deps.log.warn({ error: String(error) }, "the versions of agents are not known"),
    );
    return last?.agents ?? [];
  };

  const askVersions = async (profiles: readonly Profile[], env: Environment) => {
    const unknown = profiles.flatMap((profile) => {
      const file = executableOf(profile, env);
      const isAsked =
        profile.versionArguments.length > 0 && file !== undefined && deps.versions.known(file) === undefined;
      return isAsked ? [{ file, args: profile.versionArguments }] : [];
    });
    if (unknown.length === 0) return;
    const workers = Array.from({ length: versionsAtATime }, async () => {
      for (let next = unknown.shift(); next; next = unknown.shift()) await deps.versions.ask(next.file, next.args, env);
    });
    await Promise.all(workers);
    remember(profiles, env);
    for (const listener of listeners) listener();
  };

  return {
    async agents(isFresh = false) {
      const isRecent =
        last && deps.now() - last.atMs < detectEveryMs && last.profiles === JSON.stringify(deps.profiles());
      if (last && isRecent && !isFresh) return last.agents;
      looking ??= look().finally(() => {
        looking = undefined;
      });
      return looking;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Where the program of a profile is, or undefined. Node and the shell are always there. */
export function executableOf(profile: Profile, env: Environment): string | undefined {
  if (profile.command === "{node}" || profile.command === "{shell}") return process.execPath;
  return findExecutable(profile.command, env);
}

function describeAgent(profile: Profile, env: Environment, versions: Versions): AgentInfo {
  const file = executableOf(profile, env);
  const version = file === undefined || profile.versionArguments.length === 0 ? undefined : versions.known(file);
  const missing = profile.requiredEnvironment.filter((name) => !variable(env, name));
  return {
    id: profile.id,
    name: profile.name,
    icon: profile.icon,
    available: file !== undefined,
    ...(version && { version }),
    ...(file === undefined && profile.install !== "" && { install: profile.install }),
    ...(missing.length > 0 && { missingEnvironment: missing }),
    modes: modesOf(profile),
    resumes: Object.values(profile.modes).some((mode) => mode.session !== undefined),
  };
}

function modesOf(profile: Profile): Partial<Record<RunMode, Access[]>> {
  const modes: Partial<Record<RunMode, Access[]>> = {};
  for (const [name, mode] of Object.entries(profile.modes)) {
    modes[name as RunMode] = Object.keys(mode.access) as Access[];
  }
  return modes;
}
