import type { TerminalSize } from "#protocol/documents";
import { toUtf8 } from "#protocol/json";
import type { Cell, Emulator } from "#runner/keeper/emulator";
import { plain, restyle, styleOf } from "#runner/keeper/style";

/** A screen that is larger than the terminal that shows it: the part around its cursor, and a line that says so. */
export interface ScreenPart {
  /** What the run wrote. */
  write(text: string): void;
  resize(size: TerminalSize): void;
  /** Everything that a terminal of this size shows of it, drawn over whatever was there. */
  draw(own: TerminalSize, note: string): string;
}

/** @param emulator of the size of the run's own terminal */
export function createScreenPart({ terminal, inside, parse }: Emulator): ScreenPart {
  const blank = terminal.buffer.active.getNullCell() as unknown as Cell;

  /** The cells of a line from column `left` on; half of a wide character is left out. */
  const lineText = (y: number, left: number, cols: number): string => {
    const buffer = inside._bufferService.buffers.active;
    const line = buffer.lines.get(buffer.ybase + y);
    let text = "";
    let style = plain;
    for (let x = left; line && x < Math.min(left + cols, line.length); x++) {
      const cell = line.loadCell(x, blank);
      const width = cell.getWidth();
      if (width === 0 && x > left) continue;
      const to = { ...styleOf(cell), link: 0 };
      const isWhole = width > 0 && x + width <= left + cols;
      text += restyle(style, to) + ((isWhole && cell.getChars()) || " ");
      style = to;
    }
    return text + restyle(style, plain);
  };

  return {
    write: (text) => parse(toUtf8(text)),
    resize: ({ cols, rows }) => terminal.resize(cols, rows),
    draw(own, note) {
      const { cursorX, cursorY } = terminal.buffer.active;
      const shownRows = Math.max(1, own.rows - 1);
      const top = Math.max(0, Math.min(cursorY - shownRows + 1, terminal.rows - shownRows));
      const left = Math.max(0, cursorX - own.cols + 1);
      let text = "\x1b[?25l\x1b[?7l";
      for (let row = 0; row < shownRows; row++) {
        text += `\x1b[${row + 1};1H\x1b[0m\x1b[2K${lineText(top + row, left, own.cols)}`;
      }
      if (own.rows > 1)
        text += `\x1b[${own.rows};1H\x1b[0m\x1b[2K\x1b[7m${note.slice(0, own.cols).padEnd(own.cols)}\x1b[0m`;
      const isHidden = inside.coreService.isCursorHidden;
      return `${text}\x1b[?7h\x1b[${cursorY - top + 1};${cursorX - left + 1}H${isHidden ? "" : "\x1b[?25h"}`;
    },
  };
}
