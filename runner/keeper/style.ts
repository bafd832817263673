import type { CellAttributes } from "#runner/keeper/emulator";

/**
 * How a cell looks, free of what xterm leaves behind in unused bits. Two cells with equal styles look the same.
 */
export interface Style {
  /** 0, or mode and value as xterm packs them. */
  readonly foreground: number;
  readonly background: number;
  readonly underlineColour: number;
  /** 0: none; 1 to 5 as in SGR 4:n. */
  readonly underline: number;
  /** The other attributes, one bit each, in the order of `flagRows`. */
  readonly flags: number;
  readonly isProtected: boolean;
  /** Of a hyperlink; 0: none. */
  readonly link: number;
}

const colourMode = { mask: 0x3000000, palette16: 0x1000000, palette256: 0x2000000, rgb: 0x3000000 };
const fgUnderline = 0x10000000;
const bgExtended = 0x10000000;
const bgProtected = 0x20000000;
const underlineStyleShift = 26;

/** SGR code and where xterm keeps it. */
const flagRows = [
  { code: 1, in: "fg", bit: 0x8000000 },
  { code: 2, in: "bg", bit: 0x8000000 },
  { code: 3, in: "bg", bit: 0x4000000 },
  { code: 5, in: "fg", bit: 0x20000000 },
  { code: 7, in: "fg", bit: 0x4000000 },
  { code: 8, in: "fg", bit: 0x40000000 },
  { code: 9, in: "fg", bit: 0x80000000 },
  { code: 53, in: "bg", bit: 0x40000000 },
] as const;

/** Inverse, strikethrough and overline show on an empty cell; the others need a character. */
const visibleOnBlank = 0b1101_0000;

export const plain: Style = {
  foreground: 0,
  background: 0,
  underlineColour: 0,
  underline: 0,
  flags: 0,
  isProtected: false,
  link: 0,
};

export function styleOf(cell: CellAttributes): Style {
  const { fg, bg } = cell;
  if (fg === 0 && bg === 0) return plain;
  const extended = (bg & bgExtended) !== 0;
  const underlineStyle = extended ? (cell.extended._ext >> underlineStyleShift) & 7 : 0;
  let flags = 0;
  flagRows.forEach((row, index) => {
    if ((row.in === "fg" ? fg : bg) & row.bit) flags |= 1 << index;
  });
  const underline = fg & fgUnderline ? underlineStyle || 1 : 0;
  return {
    foreground: colour(fg),
    background: colour(bg),
    underlineColour: underline && extended ? colour(cell.extended._ext) : 0,
    underline,
    flags,
    isProtected: (bg & bgProtected) !== 0,
    link: extended ? cell.extended.urlId : 0,
  };
}

/** The style that text will be printed in; a colour set for underlines is kept while nothing is underlined. */
export const penStyleOf = (pen: CellAttributes): Style => ({
  ...styleOf(pen),
  underlineColour: colour(pen.extended._ext),
  link: pen.extended.urlId,
});

/** Whether an empty cell of this style is what erasing with its background leaves, as far as one can see. */
export const isErased = (style: Style): boolean =>
  (style.flags & visibleOnBlank) === 0 && style.underline === 0 && style.link === 0 && !style.isProtected;

/** The sequences that lead from one style to another, without the hyperlink. */
export function restyle(from: Style, to: Style): string {
  if (from === to) return "";
  const mustReset =
    (from.flags & ~to.flags) !== 0 ||
    (from.underline !== 0 && to.underline === 0) ||
    (from.underlineColour !== 0 && to.underlineColour === 0) ||
    (from.isProtected && !to.isProtected);
  const base = mustReset ? plain : from;
  const codes: (string | number)[] = [];
  flagRows.forEach((row, index) => {
    if (to.flags & ~base.flags & (1 << index)) codes.push(row.code);
  });
  if (to.underline !== base.underline) codes.push(to.underline === 1 ? 4 : `4:${to.underline}`);
  if (to.foreground !== base.foreground) codes.push(colourCode(to.foreground, 38, 30, 90, 39));
  if (to.background !== base.background) codes.push(colourCode(to.background, 48, 40, 100, 49));
  if (to.underlineColour !== base.underlineColour) codes.push(colourCode(to.underlineColour, 58));
  const protect = to.isProtected && !base.isProtected ? '\x1b[1"q' : "";
  if (mustReset) return `\x1b[${codes.length === 0 ? "" : ["0", ...codes].join(";")}m${protect}`;
  return (codes.length === 0 ? "" : `\x1b[${codes.join(";")}m`) + protect;
}

function colour(packed: number): number {
  const mode = packed & colourMode.mask;
  if (mode === 0) return 0;
  return mode | (packed & (mode === colourMode.rgb ? 0xffffff : 0xff));
}

function colourCode(value: number, extended: number, low = 0, bright = 0, fallback = 0): string {
  const mode = value & colourMode.mask;
  if (mode === 0) return String(fallback);
  if (mode === colourMode.rgb) return `${extended};2;${(value >> 16) & 255};${(value >> 8) & 255};${value & 255}`;
  const index = value & 255;
  if (mode === colourMode.palette256 || low === 0) return `${extended};5;${index}`;
  return String(index < 8 ? low + index : bright + index - 8);
}
