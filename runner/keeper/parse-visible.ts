import { screenScrollbackLines } from "#runner/keeper/caps";
import type { Emulator } from "#runner/keeper/emulator";

/**
 * Lets the emulator read bytes, except those that leave no trace: a flood of lines scrolls away before anybody can see
 * a picture of it, and reading it is most of what a terminal costs. Afterwards every cell and every mode is as if all
 * had been read.
 *
 * Lines leave no trace where they are plain text with colours, which only ever moves down, and as many follow as the
 * emulator keeps. What is read starts at a place that depends on nothing before it: the start of a line in which no
 * colour was set at all, or a reset of all colours.
 */
export function parseVisible(emulator: Emulator, bytes: Uint8Array): void {
  for (let from = 0; from < bytes.length; ) {
    const run = canSkip(emulator) ? plainRun(bytes, from) : { end: from, isStyled: false };
    const start = run.end - from < minRunBytes ? from : visibleStart(bytes, from, run, linesKept(emulator));
    const next = Math.min(bytes.length, run.end + pieceBytes);
    emulator.parse(bytes.subarray(start, next));
    from = next;
  }
}

/** A shorter run is read as it is. */
const minRunBytes = 4 * 1024;
/** What is not plain is read in pieces of this size; behind each one plain text is looked for again. */
const pieceBytes = 4 * 1024;

/** The lines that the emulator keeps, and those from the top of the screen to where the scrolling begins. */
const linesKept = ({ terminal }: Emulator): number => screenScrollbackLines + 2 * terminal.rows;

/** Nothing is half read, and a line feed on the last line scrolls the whole screen. */
function canSkip({ inside, isAtRest }: Emulator): boolean {
  const { rows, buffers } = inside._bufferService;
  return isAtRest() && buffers.active.scrollTop === 0 && buffers.active.scrollBottom === rows - 1;
}

interface PlainRun {
  readonly end: number;
  /** Whether a colour or another attribute is set in it. */
  readonly isStyled: boolean;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const esc = 0x1b;
const bracket = 0x5b;
const setAttributes = 0x6d;
const eraseInLine = 0x4b;
/** In UTF-8 the control characters from U+0080 on start with this byte, and so does harmless text. */
const c1Lead = 0xc2;

const kinds = { other: 0, plain: 1, escape: 2, c1Lead: 3 };

/** What each byte is: text and the controls BEL, TAB, LF, VT, FF and CR do no more than fill lines and go down. */
const kindOfByte = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === esc) return kinds.escape;
  if (byte === c1Lead) return kinds.c1Lead;
  if (byte === 0x07 || (byte >= 0x09 && byte <= carriageReturn)) return kinds.plain;
  return byte >= 0x20 && byte !== 0xc0 && byte !== 0xc1 ? kinds.plain : kinds.other;
});

function plainRun(bytes: Uint8Array, from: number): PlainRun {
  let isStyled = false;
  let at = from;
  while (at < bytes.length) {
    const kind = kindOfByte[bytes[at] as number];
    if (kind === kinds.plain) {
      at++;
    } else if (kind === kinds.escape) {
      const last = lineSequenceLast(bytes, at);
      if (last === -1) break;
      isStyled ||= bytes[last] === setAttributes;
      at = last + 1;
    } else if (kind === kinds.c1Lead && (bytes[at + 1] ?? 0) >= 0xa0) {
      at++;
    } else break;
  }
  return { end: at, isStyled };
}

/** The last byte of `CSI … m` or `CSI … K`, or -1 for any other sequence and one that is cut. */
function lineSequenceLast(bytes: Uint8Array, start: number): number {
  if (bytes[start + 1] !== bracket) return -1;
  let at = start + 2;
  // Digits, colon, semicolon.
  while ((bytes[at] ?? 0) >= 0x30 && (bytes[at] ?? 0) <= 0x3b) at++;
  return bytes[at] === setAttributes || bytes[at] === eraseInLine ? at : -1;
}

/** Where reading has to start so that everything that stays is read; `from` where nothing can be left out. */
function visibleStart(bytes: Uint8Array, from: number, { end, isStyled }: PlainRun, lines: number): number {
  let at = end;
  for (let found = 0; found < lines && at > from; ) if (bytes[--at] === lineFeed) found++;
  while (at > from && bytes[at] !== carriageReturn) at--;
  if (at <= from || !isStyled) return at;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, at);
  return Math.max(from, view.lastIndexOf("\x1b[0m"), view.lastIndexOf("\x1b[m"));
}
