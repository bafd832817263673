import { ConfigurationTarget, workspace } from "vscode";
import * as z from "zod";
import { PreviewVia, RunnerPolicy } from "#protocol/documents";
import { longestRunMinutes } from "#runner/core/caps";
import type { RulesSource, RunnerRules } from "#runner/core/host";

const section = "baton";

/** What is no list at all allows nothing: it was meant to tighten. */
const AllowedAgents = z.union([z.undefined().transform((): string[] => []), z.array(z.string())]).catch(["none"]);

const read = <T>(name: string): T | undefined => workspace.getConfiguration(section).get<T>(name);

/** The relay that *Connect to a Relay…* offers first. */
export const defaultRelay = (): string => z.string().catch("").parse(read("relay"));

/** What happens to a prompt; whatever is no policy asks. */
export const currentPolicy = (): RunnerPolicy => RunnerPolicy.catch("ask").parse(read("policy"));

/** Whether somebody has chosen it, as the default or not. */
export const isPolicyChosen = (): boolean =>
  workspace.getConfiguration(section).inspect("policy")?.globalValue !== undefined;

/** Who sees a run that is started by hand in a folder with a relay. */
export const newRunVisibility = (): "team" | "local" => (read("newRunVisibility") === "local" ? "local" : "team");

/** How ports are reached; whatever is none of the ways is the usual one. */
export const previewVia = (): PreviewVia => PreviewVia.catch("auto").parse(read("previewVia"));

/** The path of cloudflared, where the person has named one. */
export const cloudflaredPath = (): string | undefined =>
  z.string().trim().min(1).optional().catch(undefined).parse(read("cloudflaredPath"));

/** Whether a dev server that is started here is started again when it ends with an error. */
export const restartsServers = (): boolean => read("restartServers") === true;

/** Remembers the policy in the user's settings. */
export const savePolicy = (policy: RunnerPolicy) =>
  workspace.getConfiguration(section).update("policy", policy, ConfigurationTarget.Global);

/**
 * The user's rules as the editor's settings have them, on top of the user configuration that all runners share. The
 * settings are machine-scoped, so no workspace can change them; they choose the policy and tighten the rest.
 */
export function editorRules(shared: RulesSource, fail: (error: unknown) => void): RulesSource {
  return {
    current: () => merge(shared.current()),
    setPolicy: (policy) => void savePolicy(policy).then(undefined, fail),
    onChange(listener) {
      const stop = shared.onChange(listener);
      const subscription = workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(section)) listener();
      });
      return () => {
        stop();
        subscription.dispose();
      };
    },
  };
}

function merge(shared: RunnerRules): RunnerRules {
  const policy = currentPolicy();
  const agents = AllowedAgents.parse(read("allowedAgents"));
  const minutes = Math.min(z.number().catch(0).parse(read("maxRunMinutes")), longestRunMinutes);
  const limits = [shared.maxRunMinutes ?? 0, minutes].filter((limit) => limit > 0);
  const allowed = shared.allowedAgents?.filter((id) => agents.length === 0 || agents.includes(id)) ?? agents;
  return {
    ...shared,
    policy,
    ...((shared.allowedAgents || agents.length > 0) && { allowedAgents: allowed }),
    ...(limits.length > 0 && { maxRunMinutes: Math.min(...limits) }),
  };
}
