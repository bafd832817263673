import type { ITheme } from "@xterm/xterm";

const colours = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
const capital = (word: string) => `${word[0]?.toUpperCase()}${word.slice(1)}`;

/** The terminal's colours from VS Code's variables, so that it is at home in any theme. */
export function terminalTheme(element: Element): ITheme {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(`--vscode-${name}`).trim();
  const theme: Record<string, string> = {
    background: read("terminal-background") || read("panel-background"),
    foreground: read("terminal-foreground"),
    cursor: read("terminalCursor-foreground") || read("terminal-foreground"),
    selectionBackground: read("terminal-selectionBackground"),
  };
  for (const colour of colours) {
    theme[colour] = read(`terminal-ansi${capital(colour)}`);
    theme[`bright${capital(colour)}`] = read(`terminal-ansiBright${capital(colour)}`);
  }
  return theme;
}

/** A cursor in the colours of the text around it. */
export const withoutCursor = ({ background = "", foreground = "" }: ITheme): ITheme => ({
  cursor: background,
  cursorAccent: foreground,
});

export const terminalFont = (element: Element): string =>
  getComputedStyle(element).getPropertyValue("--vscode-editor-font-family").trim() || "monospace";

/** How wide a cell is at a font size of 1 px. */
export function cellWidthRatio(fontFamily: string): number {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return 0.6;
  context.font = `100px ${fontFamily}`;
  return context.measureText("W".repeat(10)).width / 1_000 || 0.6;
}
