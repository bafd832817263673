import { BatonError, errorText } from "#protocol/errors";

export const exitCodes = { success: 0, failure: 1, usage: 2, timedOut: 124, lost: 125, cancelled: 130 } as const;

/** A failure as one line for a person. */
export function failureLine(error: unknown): string {
  if (error instanceof BatonError) return errorText(error);
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0] ?? text;
}
