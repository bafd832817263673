import { PromptId, RunId } from "#protocol/ids";

/**
 * The run that a command was called for: by its id, from a link or a row; by the row's node, from its menu; or by
 * nobody, from the palette.
 */
export function givenRunId(given: unknown): RunId | undefined {
  const { run } = (given ?? {}) as { run?: { runId?: unknown; id?: unknown } };
  return RunId.safeParse(typeof given === "string" ? given : (run?.runId ?? run?.id)).data;
}

/** The same for a prompt. */
export function givenPromptId(given: unknown): PromptId | undefined {
  const { question } = (given ?? {}) as { question?: { prompt?: { id?: unknown } } };
  return PromptId.safeParse(typeof given === "string" ? given : question?.prompt?.id).data;
}
