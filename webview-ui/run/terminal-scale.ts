import type { TerminalSize } from "#protocol/documents";

/**
 * How the run's own size meets the window. `fit`: scaled down until it is as wide as the window. `readable`: scaled
 * down as far as it can be read, and panned from there on. `actual`: in the reader's font size.
 */
export type Scale = "fit" | "readable" | "actual";

interface Room {
  readonly widthPx: number;
  readonly heightPx: number;
}
interface Font {
  /** The reader's own size. */
  readonly preferredPx: number;
  /** Width of a cell, in parts of the font size. */
  readonly cellRatio: number;
}

const minFontPx = 4;
/** A screen that is too high is scaled down to this size and scrolls from there on. */
const minFontForHeightPx = 10;
/** The smallest text that is read without effort on a phone. */
export const readableFontPx = 11;
/** Height of a line of common monospace fonts, in parts of their size. */
const lineRatio = 1.2;

/** The font size at which a terminal of this size is shown, in steps of a quarter of a pixel. */
export function fontSizeFor({ cols, rows }: TerminalSize, room: Room, font: Font, scale: Scale): number {
  if (scale === "actual") return font.preferredPx;
  const byWidth = room.widthPx / (cols * font.cellRatio);
  const byHeight = Math.max(minFontForHeightPx, room.heightPx / (rows * lineRatio));
  const fitting = Math.floor(Math.min(font.preferredPx, byWidth, byHeight) * 4) / 4;
  return Math.max(scale === "readable" ? readableFontPx : minFontPx, fitting);
}

/** The size of a terminal that fills the room in this font size. */
export function sizeFilling(room: Room, fontPx: number, cellRatio: number): TerminalSize {
  const cols = Math.floor(room.widthPx / (fontPx * cellRatio));
  const rows = Math.floor(room.heightPx / (fontPx * lineRatio));
  return { cols: Math.max(20, Math.min(500, cols)), rows: Math.max(5, Math.min(300, rows)) };
}
