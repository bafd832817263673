import { maxSnapshotBytes } from "#protocol/caps";
import { createLinePen, type LinePen } from "#runner/keeper/draw-lines";
import {
  type Cell,
  createEmulator,
  type Emulator,
  type EmulatorInside,
  type ScreenBuffer,
} from "#runner/keeper/emulator";
import type { Picture } from "#runner/keeper/screen-messages";
import { penStyleOf, plain, restyle, styleOf } from "#runner/keeper/style";

/**
 * What draws a terminal as it is, on any terminal: it starts with a full reset. The bytes that followed in the log
 * then have the same effect on both. The screen comes first when there is little room, lines above it as far as they
 * fit.
 * @param isLast nothing follows, so that it only has to look right
 * @returns undefined when the emulator is in a state that cannot be drawn, or the screen alone is over the cap
 */
export function drawScreen(emulator: Emulator, seq: number, isLast: boolean): Picture | undefined {
  const { inside } = emulator;
  const { cols, rows, buffers } = inside._bufferService;
  const { normal, alt, active } = buffers;
  const pen = createLinePen(inside, emulator.terminal.buffer.active.getNullCell() as unknown as Cell);
  const isAlt = active === alt;

  if (!isLast && !(emulator.isAtRest() && isCursorDrawable(inside, pen))) return undefined;
  const altText =
    isAlt || !hasDefaults(alt, cols)
      ? `\x1b[?47h${isAlt ? `\x1b[H${screenLines(pen, alt, rows)}` : ""}${bufferState(alt, cols, rows)}${isAlt ? "" : "\x1b[?47l"}`
      : "";
  const behind = bufferState(normal, cols, rows) + altText + terminalState(inside, pen);
  const screen = pen.draw(normal, normal.ybase, normal.ybase + rows - 1);
  const screenText = screen.join("");
  const room = maxSnapshotBytes - byteLength(reset) - byteLength(behind) - byteLength(screenText);
  if (room < 0) return undefined;
  const above = linesAbove(pen, normal, screen, room - staleRoom);
  const stale = isStale(normal) ? savedCursor(normal, cols, Math.min(normal.savedY, above.count, rows - 1)) : "";
  const text = reset + (stale && `${stale}\x1b[H`) + above.text + behind;
  const bytes = encoder.encode(text);
  return bytes.length > maxSnapshotBytes ? undefined : { seq, cols, rows, bytes };
}

const reset = "\x1bc";
/** What a saved cursor that has scrolled away takes at most, in bytes. */
const staleRoom = 200;
const encoder = new TextEncoder();
const byteLength = (text: string) => Buffer.byteLength(text);

const screenLines = (pen: LinePen, buffer: ScreenBuffer, rows: number): string =>
  pen.draw(buffer, buffer.ybase, buffer.ybase + rows - 1).join("");

/**
 * The screen with as many lines above it as fit into the room that is left. They are drawn from the last one up, and
 * no further than they fit.
 */
function linesAbove(pen: LinePen, buffer: ScreenBuffer, screen: readonly string[], room: number) {
  const following = (from: number, to: number) => pen.draw(buffer, Math.max(0, from - 1), to).slice(Math.min(from, 1));
  // The screen's first line follows the last one above it; alone it starts at the top.
  const [joint = ""] = following(buffer.ybase, buffer.ybase);
  const blocks: string[][] = [];
  let left = room - (byteLength(joint) - byteLength(screen[0] ?? ""));
  let first = buffer.ybase;
  for (let isFull = false; first > 0 && !isFull; ) {
    const block = following(Math.max(0, first - linesDrawnTogether), first - 1);
    let start = block.length;
    for (; start > 0; start--) {
      const cost = byteLength(block[start - 1] ?? "");
      isFull = cost > left;
      if (isFull) break;
      left -= cost;
    }
    blocks.unshift(block.slice(start));
    first -= block.length - start;
  }
  if (first === buffer.ybase) return { text: screen.join(""), count: 0 };
  const [top = ""] = pen.draw(buffer, first, first);
  const text = [top, ...blocks.flat().slice(1), joint, ...screen.slice(1)].join("");
  return { text, count: buffer.ybase - first };
}

const linesDrawnTogether = 64;

/** Tab stops, scroll region and saved cursor of a buffer that is active and has been drawn. */
function bufferState(buffer: ScreenBuffer, cols: number, rows: number): string {
  const hasRegion = buffer.scrollTop !== 0 || buffer.scrollBottom !== rows - 1;
  const region = hasRegion ? `\x1b[${buffer.scrollTop + 1};${buffer.scrollBottom + 1}r` : "";
  const y = Math.min(buffer.savedY - buffer.ybase, rows - 1);
  return tabStops(buffer, cols) + region + (isStale(buffer) ? "" : savedCursor(buffer, cols, y));
}

function tabStops(buffer: ScreenBuffer, cols: number): string {
  if (hasDefaultTabs(buffer, cols)) return "";
  let text = "\x1b[3g";
  for (let x = 0; x < cols; x++) if (buffer.tabs[x]) text += `\x1b[${x + 1}G\x1bH`;
  return text;
}

/**
 * Whether the line of the saved cursor has scrolled away. It is drawn before the screen scrolls, since it counts again
 * once the lines above are erased.
 */
const isStale = (buffer: ScreenBuffer): boolean => buffer.savedY < buffer.ybase;

/** @param y the line of the screen on which it is saved, as it is when this is drawn */
function savedCursor(buffer: ScreenBuffer, cols: number, y: number): string {
  if (hasDefaultSavedCursor(buffer)) return "";
  const x = Math.min(buffer.savedX, cols - 1);
  const style = { ...styleOf(buffer.savedCurAttrData), link: 0 };
  const charset = charsetFlag(buffer.savedCharset);
  const designate = charset === "B" ? "" : `\x1b(${charset}`;
  const undo = (charset === "B" ? "" : "\x1b(B") + restyle(style, plain);
  return `\x1b[${y + 1};${x + 1}H${restyle(plain, style)}${designate}\x1b7${undo}`;
}

/** Everything that is no buffer's: charsets, modes, title, and the cursor, which must come last. */
function terminalState(inside: EmulatorInside, pen: LinePen): string {
  const { decPrivateModes: modes, isCursorHidden, modes: ansi } = inside.coreService;
  const { activeProtocol, activeEncoding } = inside.coreMouseService;
  const { convertEol, cursorBlink } = inside.optionsService.rawOptions;
  const title = inside._inputHandler._windowTitle.slice(0, maxTitleLength);
  const set = (isSet: boolean, sequence: string) => (isSet ? sequence : "");
  const before = set(modes.origin, "\x1b[?6h");
  const after =
    charsets(inside) +
    set(modes.applicationCursorKeys, "\x1b[?1h") +
    set(modes.applicationKeypad, "\x1b=") +
    set(modes.bracketedPasteMode, "\x1b[?2004h") +
    set(modes.reverseWraparound, "\x1b[?45h") +
    set(modes.sendFocus, "\x1b[?1004h") +
    set(!modes.wraparound, "\x1b[?7l") +
    set(ansi.insertMode, "\x1b[4h") +
    set(convertEol, "\x1b[20h") +
    set(cursorBlink, "\x1b[?12h") +
    set(isCursorHidden, "\x1b[?25l") +
    (mouseProtocols[activeProtocol] ?? "") +
    (mouseEncodings[activeEncoding] ?? "") +
    cursorStyle(modes.cursorStyle, modes.cursorBlink) +
    set(title !== "", `\x1b]2;${title}\x1b\\`);
  return before + cursor(inside, pen, after);
}

const maxTitleLength = 200;
const mouseProtocols: Readonly<Record<string, string>> = {
  X10: "\x1b[?9h",
  VT200: "\x1b[?1000h",
  DRAG: "\x1b[?1002h",
  ANY: "\x1b[?1003h",
};
const mouseEncodings: Readonly<Record<string, string>> = { SGR: "\x1b[?1006h", SGR_PIXELS: "\x1b[?1016h" };
const cursorStyles: Readonly<Record<string, number>> = { block: 1, underline: 3, bar: 5 };

function cursorStyle(style: string | undefined, blinks: boolean | undefined): string {
  const code = style === undefined ? undefined : cursorStyles[style];
  return code === undefined ? "" : `\x1b[${code + (blinks ? 0 : 1)} q`;
}

/**
 * Puts the cursor in place, in its style. A cursor behind the last column can only be reached by printing there. What
 * was printed last is printed again where the next byte may be a combining character, which joins it.
 * @param between what is to be set once no more text is printed that it would change
 */
function cursor(inside: EmulatorInside, pen: LinePen, between: string): string {
  const { cols, buffers } = inside._bufferService;
  const buffer = buffers.active;
  const { origin } = inside.coreService.decPrivateModes;
  const { _curAttrData, _parser } = inside._inputHandler;
  const line = buffer.ybase + buffer.y;
  const goTo = (x: number) => `\x1b[${buffer.y + 1 - (origin ? buffer.scrollTop : 0)};${x + 1}H`;
  const style = penStyleOf(_curAttrData);
  const pick = (style.link === 0 ? "" : pen.link(style.link)) + restyle(plain, style);
  const last = lastPrinted(inside, pen);

  if (_parser.precedingJoinState !== 0 && last) {
    // Printing in insert mode moves what is to the right, so room is made first.
    const makeRoom = inside.coreService.modes.insertMode ? `\x1b[${buffer.x - last.x}P` : "";
    const again = last.text.slice(
      restyle(plain, last.style).length + (last.style.link ? pen.link(last.style.link).length : 0),
    );
    return between + goTo(last.x) + makeRoom + pick + again;
  }
  const erased = buffer.x === cols && !last ? pen.erasedWith(buffer, line) : undefined;
  if (erased) {
    // Printing leads behind the last column, and erasing to the left leaves the cursor there.
    return `${between}${goTo(cols - 1)} ${restyle(plain, erased)}\x1b[1K${restyle(erased, plain)}${pick || "\x1b[m"}`;
  }
  if (buffer.x === cols && last) {
    const back = (last.style.link === 0 ? "" : pen.link(0)) + restyle(last.style, plain);
    // Something has to stand between this and a combining character that may come next.
    return goTo(last.x) + last.text + (back + between + pick || "\x1b[m");
  }
  return between + goTo(Math.min(buffer.x, cols - 1)) + pick;
}

/** The character that was printed last, if the cursor still stands behind it. */
function lastPrinted(inside: EmulatorInside, pen: LinePen) {
  const buffer = inside._bufferService.buffers.active;
  const line = buffer.ybase + buffer.y;
  for (const width of [1, 2]) {
    const x = buffer.x - width;
    const cell = pen.cell(buffer, line, x);
    // Also a character without width has a column when it stands alone.
    if (cell && Math.max(1, cell.width) === width) return { ...cell, x };
  }
  return undefined;
}

/** Behind the last column, or behind what the next byte may join, the cursor can stand only after printing there. */
function isCursorDrawable(inside: EmulatorInside, pen: LinePen): boolean {
  const { cols, buffers } = inside._bufferService;
  const { x, y, ybase, savedCharset } = buffers.active;
  const { charset, glevel, _charsets } = inside._charsetService;
  const isJoining = inside._inputHandler._parser.precedingJoinState !== 0;
  const last = lastPrinted(inside, pen);
  if (charset !== _charsets[glevel] && (charset !== savedCharset || (x === cols && last && !isJoining))) return false;
  if (last) return true;
  if (isJoining) return false;
  return x < cols || pen.erasedWith(buffers.active, ybase + y) !== undefined;
}

function charsets(inside: EmulatorInside): string {
  const { _charsets, glevel, charset } = inside._charsetService;
  const { active } = inside._bufferService.buffers;
  const designated = ["(", ")", "*", "+"]
    .map((slot, index) => ({ slot, flag: charsetFlag(_charsets[index]) }))
    .filter(({ flag }) => flag !== "B")
    .map(({ slot, flag }) => `\x1b${slot}${flag}`)
    .join("");
  const shift = ["", "\x0e", "\x1bn", "\x1bo"][glevel] ?? "";
  // DECRC gives back a charset without designating it. It also moves the cursor, so the cursor comes behind it.
  const isRestored = charset !== _charsets[glevel] && charset === active.savedCharset;
  return designated + shift + (isRestored ? "\x1b8\x1b[m" : "");
}

const hasDefaultTabs = (buffer: ScreenBuffer, cols: number): boolean => {
  for (let x = 0; x < cols; x++) if ((buffer.tabs[x] ?? false) !== (x % 8 === 0)) return false;
  return true;
};

const hasDefaultSavedCursor = (buffer: ScreenBuffer): boolean =>
  buffer.savedX === 0 &&
  buffer.savedY === 0 &&
  buffer.savedCharset === undefined &&
  buffer.savedCurAttrData.fg === 0 &&
  buffer.savedCurAttrData.bg === 0;

const hasDefaults = (buffer: ScreenBuffer, cols: number) =>
  hasDefaultTabs(buffer, cols) && hasDefaultSavedCursor(buffer);

/** The designation of a charset; xterm keeps only the table, so each is designated once on a terminal of its own. */
function charsetFlag(charset: object | undefined): string {
  if (!charset) return "B";
  charsetFlags ??= readCharsets();
  return charsetFlags.get(charset) ?? "B";
}

let charsetFlags: Map<object, string> | undefined;

function readCharsets(): Map<object, string> {
  const { inside, parse, terminal } = createEmulator(2, 1, 0);
  const flags = new Map<object, string>();
  for (const flag of "0A4C5RQKYE6ZH7=") {
    parse(encoder.encode(`\x1b(${flag}`));
    const { charset } = inside._charsetService;
    if (charset && !flags.has(charset)) flags.set(charset, flag);
  }
  terminal.dispose();
  return flags;
}
