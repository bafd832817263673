import type { Folders } from "#extension/folders";
import type { TeamLinks } from "#extension/team/team-links";
import type { Prompt } from "#protocol/documents";

/** A prompt that waits in the queue of a relay. */
export interface QueuedPrompt {
  readonly relay: string;
  readonly prompt: Prompt;
  readonly author: string | undefined;
}

/** What waits for this window's runners, in the order of the queue. What asks its person already is no queue. */
export function queuedPrompts(folders: Folders, links: TeamLinks): QueuedPrompt[] {
  const own = new Set<string>(folders.all().map(({ runnerId }) => runnerId));
  return links.all().flatMap(({ account, team }) =>
    [...team.prompts.values()]
      .filter(({ state, target }) => state === "queued" && "runnerId" in target && own.has(target.runnerId))
      .sort((a, b) => a.position - b.position)
      .map((prompt) => ({ relay: account.relay, prompt, author: team.members.get(prompt.memberId)?.name })),
  );
}
