import type { Prompt } from "#protocol/documents";
import { fitting } from "#relay/domain/fitting";
import { holdsWords } from "#relay/domain/words";
import type { Archive } from "#relay/store/store";

interface PromptFilter {
  readonly state: "ended" | "never-started";
  readonly cursor?: string | undefined;
  readonly limit: number;
  readonly q?: string | undefined;
}

/** One page of ended prompts, newest first. It may be short and still have a `next`. */
export async function pageOfEndedPrompts(
  archive: Archive,
  { state, cursor, limit, q }: PromptFilter,
): Promise<{ prompts: Prompt[]; next?: string }> {
  const hasWords = holdsWords(q);
  const matches = (prompt: Prompt) =>
    (state === "ended" || prompt.runId === undefined) && hasWords(`${prompt.body.text}\n${prompt.agent}`);
  const found = await archive.promptPage({ limit, matches, ...(cursor !== undefined && { cursor }) });
  const prompts = fitting(found.prompts);
  const next = prompts.length < found.prompts.length ? prompts.at(-1)?.id : found.next;
  return { prompts, ...(next !== undefined && { next }) };
}

/**
 * One page of open prompts, in the order of the queue.
 * @param cursor the prompt behind which it begins; where that is not open any more, from the front
 */
export function pageOfOpenPrompts(
  open: readonly Prompt[],
  { cursor, limit }: Pick<PromptFilter, "cursor" | "limit">,
): { prompts: Prompt[]; next?: string } {
  const inOrder = [...open].sort((one, other) => one.position - other.position);
  const rest = inOrder.slice(inOrder.findIndex(({ id }) => id === cursor) + 1);
  const prompts = fitting(rest.slice(0, limit));
  const next = prompts.length < rest.length ? prompts.at(-1)?.id : undefined;
  return { prompts, ...(next !== undefined && { next }) };
}
