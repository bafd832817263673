import type { Prompt } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { PromptId } from "#protocol/ids";

type Placed = Pick<Prompt, "id" | "position">;

/** Below this distance two positions are no longer told apart safely, and all are numbered anew. */
const minDistance = 1e-6;

export const byPosition = (one: Placed, other: Placed): number =>
  one.position - other.position || (one.id < other.id ? -1 : 1);

/** The place behind all others. */
export const lastPosition = (prompts: readonly Placed[]): number =>
  prompts.reduce((last, prompt) => Math.max(last, prompt.position), 0) + 1;

/**
 * Where `moved` has to stand to come right in front of `before`, or last.
 * @returns new positions by id: one in the usual case, all where there was no more room between two
 * @throws BatonError `not_found` where `before` is no open prompt
 */
export function movedPositions(
  prompts: readonly Placed[],
  moved: PromptId,
  before: PromptId | "last",
): Map<PromptId, number> {
  const others = prompts.filter((prompt) => prompt.id !== moved).sort(byPosition);
  if (before === moved) return new Map();
  const index = before === "last" ? others.length : others.findIndex((prompt) => prompt.id === before);
  if (index < 0) throw new BatonError("not_found", { what: "prompt" });
  const low = others[index - 1]?.position ?? (others[0]?.position ?? 1) - 2;
  const high = others[index]?.position ?? low + 2;
  if (high - low > minDistance) return new Map([[moved, (low + high) / 2]]);
  const ordered = [...others.slice(0, index).map(({ id }) => id), moved, ...others.slice(index).map(({ id }) => id)];
  return new Map(ordered.map((id, place) => [id, place + 1]));
}
