import * as z from "zod";
import { maxNameLength } from "#protocol/caps";

/**
 * Characters that change what a person reads without being seen: controls (C0, C1), format characters (direction
 * overrides, zero-width ones, tags), halves of characters and the separators of lines and paragraphs, by their Unicode
 * categories. The joiner stays, with what is before it, where it makes one emoji of two.
 */
const hidden =
  /(\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?\u200d(?=\p{Extended_Pictographic}))|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const withoutHidden = (text: string): string => text.replace(hidden, "$1");
const hasNoneHidden = (text: string): boolean => withoutHidden(text) === text;
/** In a path the zero-width ones may be meant; a line break or a change of direction is not. */
const hiddenInPath = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

const refusal = "control and invisible characters are not allowed";

/** What people and machines are called. */
export const Name = z.string().trim().min(1).max(maxNameLength).refine(hasNoneHidden, refusal);

/** A short text of another machine that is shown as it is: a host, a platform. @param maxLength in characters */
export const shownText = (maxLength: number) => z.string().max(maxLength).refine(hasNoneHidden, refusal);

/** A path that is shown to whoever decides by it. @param maxLength in characters */
export const shownPath = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .refine((text) => !hiddenInPath.test(text), refusal);

/**
 * A name made of a text that nobody typed as one: a folder's name, what a browser calls itself.
 * @param fallback where nothing of the text is left
 */
export function nameFrom(text: string, fallback: string, maxLength = maxNameLength): string {
  const plain = withoutHidden(text).trim();
  // A cut can leave half of something at the end.
  return withoutHidden(plain.slice(0, maxLength)).trim() || fallback;
}
