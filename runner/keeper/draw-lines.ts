import type { Cell, EmulatorInside, Line, ScreenBuffer } from "#runner/keeper/emulator";
import { isErased, plain, restyle, type Style, styleOf } from "#runner/keeper/style";

/** Draws lines of a screen, from the left margin on, each starting and ending in the plain style. */
export interface LinePen {
  /** Lines `from` to `to`, inclusive, of a buffer; each text moves from the line before to this one and draws it. */
  draw(buffer: ScreenBuffer, from: number, to: number): string[];
  /** A cell's character in its style, from the plain style on, without going back to it; its width is in columns. */
  cell(buffer: ScreenBuffer, line: number, x: number): DrawnCell | undefined;
  /** The style that the whole of a line was erased with; undefined where there is something on it. */
  erasedWith(buffer: ScreenBuffer, line: number): Style | undefined;
  /** Opens or closes a hyperlink. */
  link(id: number): string;
}

export interface DrawnCell {
  readonly text: string;
  readonly style: Style;
  readonly width: number;
}

const newLine = "\r\n";

/** @param blank a cell to read into */
export function createLinePen(inside: EmulatorInside, blank: Cell): LinePen {
  const { cols, rows } = inside._bufferService;

  const link = (id: number) => {
    const data = id === 0 ? undefined : inside._oscLinkService.getLinkData(id);
    const params = data?.id === undefined ? "" : `id=${data.id}`;
    return `\x1b]8;${data ? params : ""};${data?.uri ?? ""}\x1b\\`;
  };
  const change = (from: Style, to: Style) => (from.link === to.link ? "" : link(to.link)) + restyle(from, to);

  /** The cells of a line with the cursor at its start; `end` is where the cursor is then. */
  const drawCells = (line: Line): { text: string; end: number } => {
    let text = "";
    let style = plain;
    let at = 0;
    const moveTo = (x: number) => {
      if (x > at) text += x - at === 1 ? "\x1b[C" : `\x1b[${x - at}C`;
      at = x;
    };
    const restyleTo = (to: Style) => {
      text += change(style, to);
      style = to;
    };
    const limit = Math.min(cols, line.length);
    for (let x = 0; x < limit; ) {
      const cell = line.loadCell(x, blank);
      const to = styleOf(cell);
      const width = cell.getWidth();
      // Half of a wide character, which a narrower terminal has cut, cannot be printed.
      const chars = x + width > cols ? "" : cell.getChars();
      if (chars === "" && isErased(to)) {
        const run = blanks(line, x, limit, to.background);
        if (to.background !== 0) {
          moveTo(x);
          restyleTo({ ...plain, background: to.background });
          text += `\x1b[${run}X`;
        }
        x += run;
        continue;
      }
      moveTo(x);
      restyleTo(to);
      // A combining character that stands alone must not join what was printed before it.
      if (chars !== "" && width === 0) text += `\x1b[${x + 1}G`;
      text += chars === "" ? " " : chars;
      // Each has one column at least: also one without width, when it stands alone.
      at = x + Math.max(1, width);
      x = at;
    }
    restyleTo(plain);
    return { text, end: at };
  };

  /** How many erased cells with this background follow. */
  const blanks = (line: Line, from: number, limit: number, background: number): number => {
    let x = from + 1;
    for (; x < limit; x++) {
      const cell = line.loadCell(x, blank);
      if (cell.getChars() !== "" || cell.getWidth() !== 1) break;
      const style = styleOf(cell);
      if (!isErased(style) || style.background !== background) break;
    }
    return x - from;
  };

  const cellAt = (buffer: ScreenBuffer, index: number, x: number) => {
    const line = buffer.lines.get(index);
    const cell = line && x < line.length ? line.loadCell(x, blank) : undefined;
    const chars = cell?.getChars() ?? "";
    if (!cell || chars === "" || x + cell.getWidth() > cols) return undefined;
    const style = styleOf(cell);
    return { text: change(plain, style) + chars, style, width: cell.getWidth() };
  };

  /** Whether printing this line's first character wraps to it, with the cursor where the line before ended. */
  const wrapsByItself = (before: Line, end: number, line: Line): boolean => {
    const first = line.loadCell(0, blank);
    if (first.getChars() === "" || first.getWidth() === 0) return false;
    const style = styleOf(first);
    // Where wrapping scrolls, all of the new line gets this background.
    if (end === cols) return style.background === 0;
    if (end !== cols - 1 || first.getWidth() !== 2 || style.background !== 0) return false;
    const left = styleOf(before.loadCell(cols - 1, blank));
    return left.background === 0 && isErased(left) && isErased(style);
  };

  /**
   * Marks the next line as a continuation by printing across the margin, then puts back what that has overwritten.
   */
  const forceWrap = (buffer: ScreenBuffer, index: number, end: number): string => {
    const before = buffer.lines.get(index);
    if (!before || rows < 2) return newLine;
    const across = end === cols ? " " : `\x1b[${cols}G  `;
    let repair = "";
    if (end !== cols) {
      const last = before.loadCell(cols - 1, blank);
      const isTail = last.getWidth() === 0 && last.getChars() === "";
      const background = styleOf(last).background;
      const x = isTail ? cols - 2 : cols - 1;
      const drawn = cellAt(buffer, index, x);
      const erased: Style = { ...plain, background };
      repair = drawn
        ? `\x1b[${x + 1}G${drawn.text}${change(drawn.style, plain)}`
        : `\x1b[${cols}G${change(plain, erased)}\x1b[X${change(erased, plain)}`;
    }
    return `${across}${repair === "" ? "" : `\x1b[A${repair}\x1b[B`}\r\x1b[X`;
  };

  const erasedWith = (buffer: ScreenBuffer, index: number): Style | undefined => {
    const line = buffer.lines.get(index);
    if (!line) return plain;
    const first = line.loadCell(0, blank);
    const style = styleOf(first);
    if (first.getChars() !== "" || !isErased(style)) return undefined;
    const limit = Math.min(cols, line.length);
    return blanks(line, 0, limit, style.background) < limit ? undefined : { ...plain, background: style.background };
  };

  return {
    link,
    cell: cellAt,
    erasedWith,
    draw(buffer, from, to) {
      const texts: string[] = [];
      let end = 0;
      for (let index = from; index <= to; index++) {
        const line = buffer.lines.get(index);
        const before = buffer.lines.get(index - 1);
        let text = "";
        if (index > from) {
          if (!line?.isWrapped || !before) text = newLine;
          else text = wrapsByItself(before, end, line) ? "" : forceWrap(buffer, index - 1, end);
        }
        const drawn = line ? drawCells(line) : { text: "", end: 0 };
        end = drawn.end;
        texts.push(text + drawn.text);
      }
      return texts;
    },
  };
}
