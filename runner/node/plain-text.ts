/** Those of Unicode are in it that break lines or turn the direction of writing: what is read would not be what runs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const controlCharacters = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Somebody else's text for this terminal: its escape sequences must not reach it. Tabs and line ends stay. */
export const plainText = (text: string): string => text.replace(controlCharacters, "·");

/** The same on one line, so that a name cannot look like the lines below it. */
export const plainLine = (text: string): string => plainText(text).replace(/[\t\n]+/g, " ");
