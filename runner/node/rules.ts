import type { RunnerPolicy } from "#protocol/documents";
import type { RulesSource, RunnerRules } from "#runner/core/host";
import type { UserConfig } from "#runner/node/config";
import type { Workspace } from "#runner/node/workspace-file";

export interface NodeRules extends RulesSource {
  /** Puts a newly read configuration in place. */
  replace(config: UserConfig, workspace: Workspace): void;
}

/**
 * The rules of a headless runner: the user's configuration, tightened by the folder's own file, and the policy as it
 * was set last. Flags and environment outrank the configuration's policy.
 */
export function createRules(
  initial: { readonly config: UserConfig; readonly workspace: Workspace; readonly policy?: RunnerPolicy },
  agentIds: () => readonly string[],
): NodeRules {
  const listeners = new Set<() => void>();
  let { config, workspace } = initial;
  let policy = initial.policy ?? config.policy ?? "ask";
  const changed = () => {
    for (const listener of listeners) listener();
  };

  return {
    current: () => ({ policy, ...tightened(config, workspace, agentIds()) }),
    setPolicy(next) {
      policy = next;
      changed();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    replace(nextConfig, nextWorkspace) {
      config = nextConfig;
      workspace = nextWorkspace;
      changed();
    },
  };
}

/** A folder's file takes away and never gives: fewer agents, more questions, a shorter time. */
export function tightened(
  config: UserConfig,
  { file }: Workspace,
  agentIds: readonly string[],
): Omit<RunnerRules, "policy"> {
  const allowed = (config.allowedAgents ?? agentIds).filter((id) => !file.denyAgents.includes(id));
  const limits = [config.maxRunMinutes, file.maxRunMinutes].filter((minutes) => minutes !== undefined);
  return {
    ...((config.allowedAgents || file.denyAgents.length > 0) && { allowedAgents: allowed }),
    askAgents: file.askAgents === "all" ? agentIds : file.askAgents,
    allowedEnvironment: config.environment,
    ...(limits.length > 0 && { maxRunMinutes: Math.min(...limits) }),
  };
}
