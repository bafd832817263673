import type { Prompt } from "#protocol/documents";
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
  const { prompts, next } = await archive.promptPage({ limit, matches, ...(cursor !== undefined && { cursor }) });
  return { prompts, ...(next !== undefined && { next }) };
}
