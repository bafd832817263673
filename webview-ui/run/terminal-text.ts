import type { Terminal } from "@xterm/xterm";

/** Everything that the terminal holds, scrollback too, with wrapped lines in one piece. */
export function terminalText(terminal: Terminal): string {
  const buffer = terminal.buffer.active;
  const lines: string[] = [];
  for (let y = 0; y < buffer.length; y++) {
    const line = buffer.getLine(y);
    const text = line?.translateToString(true) ?? "";
    if (line?.isWrapped) lines.push((lines.pop() ?? "") + text);
    else lines.push(text);
  }
  return lines.join("\n").trimEnd();
}
