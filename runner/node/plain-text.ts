// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const controlCharacters = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** Somebody else's text for this terminal: its escape sequences must not reach it. Tabs and line ends stay. */
export const plainText = (text: string): string => text.replace(controlCharacters, "·");
