import { BatonError, errorText } from "#protocol/errors";
import { plainText } from "#protocol/plain-text";

export const exitCodes = { success: 0, failure: 1, usage: 2, timedOut: 124, lost: 125, cancelled: 130 } as const;

/** A failure as one line for a person. */
export function failureLine(error: unknown): string {
  const text = error instanceof BatonError ? errorText(error) : error instanceof Error ? error.message : String(error);
  return plainText(text.split("\n")[0] ?? text);
}
