import type { Cell, EmulatorInside, ScreenBuffer } from "#runner/keeper/emulator";
import { patchEraseAbove } from "#runner/keeper/emulator-patch";
import { styleOf } from "#runner/keeper/style";
import { Terminal, Unicode11Addon } from "#test/support/headless";

/** A terminal as a viewer has it, and everything that can be seen of it or that changes what comes next. */
export interface ReferenceTerminal {
  write(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  state(): TerminalState;
  /**
   * Whether xterm has given its alternate screen lines above it, as it does after it was made smaller. The saved cursor
   * then moves with them, which nothing that is written can bring about.
   */
  hasLinesAboveAlternate(): boolean;
  /**
   * Whether xterm keeps what was outside of a screen that was made smaller: cells beside its alternate screen, which a
   * deleted character draws in, or a saved cursor below the last line. Nobody sees them, and nothing that is written
   * can bring them about.
   */
  hasRestsOfLargerScreen(): boolean;
  /**
   * Whether the first line of the alternate screen goes on with one that has scrolled away, of which nothing is kept.
   * Where it is moved down it says so still, and one that was drawn anew does not. No cell differs.
   */
  goesOnWithLostLine(): boolean;
  dispose(): void;
}

export type TerminalState = Readonly<Record<string, unknown>>;

/**
 * A state without what the lines of the alternate screen go on with: all that may differ where its first one did so
 * with a line of which nothing is kept, and was moved down since.
 */
export const withoutLostLine = (state: TerminalState): TerminalState => ({
  ...state,
  alternate: { ...(state.alternate as object), wrapped: [] },
});

export function referenceTerminal(cols: number, rows: number): ReferenceTerminal {
  const terminal = new Terminal({ cols, rows, scrollback: 1_000, allowProposedApi: true, logLevel: "off" });
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  const inside = (terminal as unknown as { _core: EmulatorInside })._core;
  patchEraseAbove(terminal, inside);
  return {
    write: (bytes) => inside._inputHandler.parse(bytes),
    resize: (toCols, toRows) => terminal.resize(toCols, toRows),
    state: () => stateOf(terminal, inside),
    hasLinesAboveAlternate: () => inside._bufferService.buffers.alt.ybase > 0,
    hasRestsOfLargerScreen: () => {
      const { cols, rows } = terminal;
      const { normal, alt } = inside._bufferService.buffers;
      const isWider = (y: number) => (alt.lines.get(y)?.length ?? 0) > cols;
      return (
        [normal, alt].some(({ savedY, ybase }) => savedY - ybase >= rows) ||
        Array.from({ length: alt.lines.length }, (_, y) => y).some(isWider)
      );
    },
    goesOnWithLostLine: () => inside._bufferService.buffers.alt.lines.get(0)?.isWrapped === true,
    dispose: () => terminal.dispose(),
  };
}

function stateOf(terminal: Terminal, inside: EmulatorInside): TerminalState {
  const { cols, rows, buffers } = inside._bufferService;
  const blank = terminal.buffer.active.getNullCell() as unknown as Cell;
  const isAlt = buffers.active === buffers.alt;
  const { charset, glevel, _charsets } = inside._charsetService;
  const { decPrivateModes, modes, isCursorHidden } = inside.coreService;
  return {
    size: { cols, rows },
    cursor: { x: buffers.active.x, y: buffers.active.y, hidden: isCursorHidden },
    screen: isAlt ? "alternate" : "normal",
    style: look(inside, inside._inputHandler._curAttrData),
    joins: inside._inputHandler._parser.precedingJoinState,
    title: inside._inputHandler._windowTitle,
    charsets: { charset: nameOf(charset), glevel, all: [0, 1, 2, 3].map((g) => nameOf(_charsets[g])) },
    modes: { ...decPrivateModes, synchronizedOutput: false, ...modes },
    mouse: { protocol: inside.coreMouseService.activeProtocol, encoding: inside.coreMouseService.activeEncoding },
    convertEol: inside.optionsService.rawOptions.convertEol,
    normal: bufferState(inside, buffers.normal, blank, true),
    alternate: bufferState(inside, buffers.alt, blank, isAlt),
  };
}

function bufferState(inside: EmulatorInside, buffer: ScreenBuffer, blank: Cell, isDrawn: boolean): TerminalState {
  const { cols, rows } = inside._bufferService;
  // After it was made smaller, xterm's alternate screen may keep a line above it, which nobody can see.
  const first = buffer === inside._bufferService.buffers.alt ? buffer.ybase : 0;
  const lines: string[][] = [];
  for (let y = first; isDrawn && y < buffer.ybase + rows; y++) lines.push(lineOf(inside, buffer, y, blank));
  return {
    above: buffer.ybase - first,
    lines: lines.map((line) => line.join("")),
    wrapped: lines.map((_, index) => index > 0 && buffer.lines.get(first + index)?.isWrapped),
    region: isDrawn ? [buffer.scrollTop, buffer.scrollBottom] : [],
    tabs: Array.from({ length: cols }, (_, x) => (buffer.tabs[x] ? "T" : ".")).join(""),
    saved: {
      x: Math.min(buffer.savedX, cols - 1),
      y: Math.min(Math.max(buffer.savedY - buffer.ybase, 0), rows - 1),
      style: { ...styleOf(buffer.savedCurAttrData), link: 0 },
      charset: nameOf(buffer.savedCharset),
    },
  };
}

/** Each cell as text. An empty cell looks like a space, and shows only the attributes that show on a space. */
function lineOf(inside: EmulatorInside, buffer: ScreenBuffer, index: number, blank: Cell): string[] {
  const { cols } = inside._bufferService;
  const line = buffer.lines.get(index);
  let before = 1;
  return Array.from({ length: cols }, (_, x) => {
    if (!line || x >= line.length) return "[ ]";
    const cell = line.loadCell(x, blank);
    const chars = cell.getChars();
    // The second half of a wide character without its first one is an empty cell: shifting columns leaves such.
    // A combining character that stands alone takes one column, whether xterm says so or not.
    const isHalf = chars === "" && before === 2;
    const width = cell.getWidth() === 0 && !isHalf ? 1 : cell.getWidth();
    before = cell.getWidth();
    const style = look(inside, cell);
    // Making a terminal narrower may cut a wide character; half of one cannot be printed.
    const isCut = width === 2 && x === cols - 1;
    const isBlank = (chars === "" && width === 1) || chars === " " || isCut;
    const shown = isBlank ? blankLook(style) : style;
    return `[${isBlank ? " " : chars}${width === 1 || isCut ? "" : width}${describe(shown)}]`;
  });
}

const inverse = 1 << 4;
const strikethrough = 1 << 6;
const overline = 1 << 7;

function blankLook(style: Look): Look {
  const flags = style.flags & (inverse | strikethrough | overline);
  const showsForeground = flags !== 0 || style.underline !== 0;
  return { ...style, flags, foreground: showsForeground ? style.foreground : 0, isProtected: false };
}

type Look = ReturnType<typeof look>;

function look(inside: EmulatorInside, cell: Cell | EmulatorInside["_inputHandler"]["_curAttrData"]) {
  const { link, ...style } = styleOf(cell);
  return { ...style, link: link === 0 ? "" : (inside._oscLinkService.getLinkData(link)?.uri ?? "") };
}

const describe = (style: Look) =>
  Object.entries(style)
    .filter(([, value]) => value !== 0 && value !== false && value !== "")
    .map(([name, value]) => ` ${name}=${value}`)
    .join("");

const nameOf = (charset: object | undefined): string =>
  charset ? Object.entries(charset).slice(0, 3).join(" ").slice(0, 40) : "ASCII";
