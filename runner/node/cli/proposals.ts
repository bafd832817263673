import { createInterface } from "node:readline/promises";
import type { Surroundings } from "#runner/node/cli/surroundings";
import { describeProposal } from "#runner/node/describe-proposal";
import { acceptProposals, loadWorkspace, type Workspace, workspaceFileOf } from "#runner/node/workspace-file";

/**
 * Asks once about the agents that a folder's `baton.json` proposes: an agent could have written it, so none of them
 * counts before a person has said yes to exactly this content. Without a terminal they are left out.
 */
export async function offerProposals({ dirs, folder, workspace, log }: Surroundings): Promise<Workspace> {
  if (workspace.proposed.length === 0) return workspace;
  const file = workspaceFileOf(folder);
  if (!process.stdin.isTTY) {
    log.warn(
      { file, agents: workspace.proposed.map(({ id }) => id) },
      "proposed agents are left out; nobody can be asked",
    );
    return workspace;
  }
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const question = `\n${file} proposes:\n${workspace.proposed.map(describeProposal).join("\n")}\nMay prompts use them here? [y/N] `;
    const answer = await lines.question(question);
    if (!/^y(es)?$/i.test(answer.trim())) return workspace;
  } finally {
    lines.close();
  }
  acceptProposals(dirs, folder, workspace.proposed);
  return loadWorkspace(dirs, folder);
}
