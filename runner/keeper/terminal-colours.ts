/**
 * The colours that a program is told when it asks. A run has many viewers with themes of their own, so it is always
 * told the same: a dark terminal, the palette of VS Code. What it then draws reads well on a light one too, because
 * the palette's numbers are what travels.
 */
export const foreground = "cccccc";
export const background = "1f1f1f";
export const cursorColour = "aeafad";

const ansi = [
  "000000",
  "cd3131",
  "0dbc79",
  "e5e510",
  "2472c8",
  "bc3fbc",
  "11a8cd",
  "e5e5e5",
  "666666",
  "f14c4c",
  "23d18b",
  "f5f543",
  "3b8eea",
  "d670d6",
  "29b8db",
  "e5e5e5",
];

/** The colour of an index of the 256-colour palette, as `rrggbb`; undefined outside of it. */
export function paletteColour(index: number): string | undefined {
  if (!Number.isInteger(index) || index < 0 || index > 255) return undefined;
  if (index < 16) return ansi[index];
  if (index >= 232) return hex(8 + 10 * (index - 232)).repeat(3);
  const cube = index - 16;
  return [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6]
    .map((step) => hex(step && 55 + 40 * step))
    .join("");
}

/** `rgb:rrrr/gggg/bbbb`, as XParseColor writes it. */
export function xColour(rgb: string): string {
  const part = (at: number) => rgb.slice(at, at + 2).repeat(2);
  return `rgb:${part(0)}/${part(2)}/${part(4)}`;
}

const hex = (value: number) => value.toString(16).padStart(2, "0");
