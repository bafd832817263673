import { PreviewId, PromptId, RunId } from "#protocol/ids";

/**
 * The run that a command was called for: by its id, from a link or a row; by the row, from its menu; or by nobody, from
 * the palette.
 */
export function givenRunId(given: unknown): RunId | undefined {
  const { run, server } = nodeOf<{ run?: { runId?: unknown; id?: unknown }; server?: { runId?: unknown } }>(given);
  return RunId.safeParse(typeof given === "string" ? given : (server?.runId ?? run?.runId ?? run?.id)).data;
}

/** The same for a prompt. */
export function givenPromptId(given: unknown): PromptId | undefined {
  const { question } = nodeOf<{ question?: { prompt?: { id?: unknown } } }>(given);
  return PromptId.safeParse(typeof given === "string" ? given : question?.prompt?.id).data;
}

/** The same for a preview. */
export function givenPreviewId(given: unknown): PreviewId | undefined {
  const { preview } = nodeOf<{ preview?: { id?: unknown } }>(given);
  return PreviewId.safeParse(typeof given === "string" ? given : preview?.id).data;
}

/** The project that a command was called for, by its row, of those that are shown. */
export function givenProject<T extends { readonly project: unknown }>(
  given: unknown,
  shown: readonly T[],
): T | undefined {
  const { project } = nodeOf<{ project?: unknown }>(given);
  return shown.find((one) => one.project === project);
}

/** What a row stands for, as far as it is one. */
const nodeOf = <T extends object>(given: unknown): Partial<T> => (given as { node?: T } | undefined)?.node ?? {};
