/**
 * What a terminal answers by itself when a program asks it something: device attributes, cursor position, modes,
 * colours, window size. The keeper has answered already, once for all viewers, so these must not reach the program.
 * They come out of a terminal like typed text. (A modified F3 looks like a cursor position and is lost.)
 */
const esc = String.fromCharCode(0x1b);
const bell = String.fromCharCode(0x07);
const replies = [
  String.raw`\[\?[\d;]*[cnuR]`,
  String.raw`\[>[\d;]*c`,
  String.raw`\[0n`,
  String.raw`\[\d+;\d+R`,
  String.raw`\[\??[\d;]+\$y`,
  String.raw`\[[4689];\d+;\d+t`,
  String.raw`P[^${esc}]*${esc}\\`,
  String.raw`\]\d+;[^${bell}${esc}]*(?:${bell}|${esc}\\)`,
];
const pattern = new RegExp(`${esc}(?:${replies.join("|")})`, "g");

/** What a person typed, without the terminal's own replies. */
export const withoutTerminalReplies = (data: string): string => (data.includes(esc) ? data.replace(pattern, "") : data);
