import { Terminal, Unicode11Addon } from "#test/support/headless";

/**
 * What a terminal shows of a log, scrollback too, with wrapped lines joined: what a viewer that missed nothing and saw
 * nothing twice must show.
 */
export async function replayedText(log: Uint8Array, size: { cols: number; rows: number }): Promise<string> {
  const terminal = new Terminal({ ...size, scrollback: 10_000, allowProposedApi: true });
  terminal.loadAddon(new Unicode11Addon());
  terminal.unicode.activeVersion = "11";
  await new Promise<void>((resolve) => terminal.write(log, resolve));
  const { active } = terminal.buffer;
  const lines: string[] = [];
  for (let y = 0; y < active.length; y++) {
    const line = active.getLine(y);
    const text = line?.translateToString(true) ?? "";
    if (line?.isWrapped) lines.push((lines.pop() ?? "") + text);
    else lines.push(text);
  }
  terminal.dispose();
  return lines.join("\n").trimEnd();
}
