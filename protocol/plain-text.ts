/** Those of Unicode are in it that break lines or turn the direction of writing: what is read would not be what runs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const controlCharacters = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Somebody else's text where it is shown: none of its control characters has an effect. Tabs and line ends stay. */
export const plainText = (text: string): string => text.replace(controlCharacters, "·");

/** The same on one line, so that a name cannot look like the lines below it. */
export const plainLine = (text: string): string => plainText(text).replace(/[\t\n]+/g, " ");

const lineEnd = /\r\n|[\n\r\u2028\u2029]/;
const directionMarks = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Controls and characters without a width count too: a line of them looks empty. */
const unseen = /^[\s\p{Cc}\p{Cf}\p{Cs}]*$/u;

/** The first line that says something to a reader, without what has no place in a title; empty where there is none. */
export function firstLine(text: string): string {
  const line = text.split(lineEnd).find((candidate) => !unseen.test(candidate)) ?? "";
  return line.replace(directionMarks, "").replace(controlCharacters, " ").replaceAll("\t", " ").trim();
}

/** What a prompt is called in lists, before it has a run that has a title. */
export const promptTitle = (text: string): string => firstLine(text) || "(nothing to read)";
