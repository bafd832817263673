import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The programs that are measured, as command lines for a shell; the same ones run for Baton and for its peers. */

/** Gives back every byte that is typed, without the terminal's own echo. */
export const echoBack = "stty raw -echo && exec cat";

export const floodYes = "exec yes";

/** One line of 80 columns, a colour for each word, as compilers and test runners print. */
const colours = [31, 32, 33, 34, 35, 36, 91, 92, 93, 94];
const colouredLine = colours.map((colour) => `\\033[${colour}m${"coloured".slice(0, 7)} `).join("");
export const floodColoured = `exec yes "$(printf '${colouredLine}\\033[0m')"`;

/** The start of a stamped frame; the monotonic clock in microseconds stands behind it in `stampDigits` digits. */
export const stampMark = "@@";
export const stampDigits = 16;
export const stampedFrameBytes = 1_024;

/** A program that prints a frame of 1 KiB with the time in it, `perSecond` times a second. */
export function stampedFrames(folder: string, perSecond: number): string {
  const file = join(folder, "stamped-frames.mjs");
  const padding = stampedFrameBytes - stampMark.length - stampDigits - 2;
  writeFileSync(
    file,
    `const padding = ".".repeat(${padding});
setInterval(() => {
  const now = String(process.hrtime.bigint() / 1000n).padStart(${stampDigits}, "0");
  process.stdout.write("${stampMark}" + now + padding + "\\n");
}, ${1_000 / perSecond});
`,
  );
  chmodSync(file, 0o644);
  return `exec ${process.execPath} ${file}`;
}

/** The times that stand in a piece of output, in milliseconds. A frame that is cut in two pieces is not counted. */
export function stampsIn(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(stampMark); at >= 0; at = bytes.indexOf(stampMark, at + 1)) {
    const text = bytes.toString("latin1", at + stampMark.length, at + stampMark.length + stampDigits);
    if (text.length === stampDigits) found.push(Number(text) / 1_000);
  }
  return found;
}
