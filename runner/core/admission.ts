import { devServerAgent, type Prompt } from "#protocol/documents";
import { BatonError, type WireError } from "#protocol/errors";
import type { RunnerHost, RunnerRules } from "#runner/core/host";

/** What the local user's rules say about a prompt before anybody is asked. */
export type Admission =
  | { readonly verdict: "run"; readonly folder: string }
  | { readonly verdict: "ask"; readonly folder: string; readonly why: "policy" | "agent" }
  | { readonly verdict: "hold" }
  | { readonly verdict: "decline"; readonly reason: WireError };

/** Holds a prompt against trust, policy, agents, variables and folders, the strictest first. */
export async function admit(host: RunnerHost, prompt: Prompt): Promise<Admission> {
  const rules = host.rules.current();
  const refusal = refusalOf(host, rules, prompt);
  if (refusal) return { verdict: "decline", reason: refusal.toJSON() };
  if (rules.policy === "paused") return { verdict: "hold" };
  try {
    const { folder: wanted, build } = prompt.body;
    const folder = await (build ? host.checkNewFolder(wanted) : host.checkFolder(wanted));
    if (rules.policy === "ask") return { verdict: "ask", folder, why: "policy" };
    if (agentsOf(prompt).some((agent) => rules.askAgents?.includes(agent)))
      return { verdict: "ask", folder, why: "agent" };
    return { verdict: "run", folder };
  } catch (error) {
    const reason =
      error instanceof BatonError ? error : new BatonError("folder_not_allowed", { folder: prompt.body.folder ?? "" });
    return { verdict: "decline", reason: reason.toJSON() };
  }
}

function refusalOf(host: RunnerHost, rules: RunnerRules, prompt: Prompt): BatonError | undefined {
  if (!host.trusted()) return new BatonError("workspace_untrusted", { folder: host.folder });
  const { allowedAgents } = rules;
  const agent = agentsOf(prompt).find((one) => allowedAgents && !allowedAgents.includes(one));
  if (agent !== undefined) return new BatonError("agent_not_allowed", { agent });
  const refused = Object.keys(prompt.body.env ?? {}).find((name) => !rules.allowedEnvironment.includes(name));
  return refused === undefined ? undefined : new BatonError("environment_not_allowed", { name: refused });
}

/** What a prompt starts: a build that is to be served starts a dev server, too. */
const agentsOf = ({ agent, body }: Prompt): string[] => [agent, ...(body.build?.start ? [devServerAgent] : [])];
