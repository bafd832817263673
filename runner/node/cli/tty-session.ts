import { maxInputBytes } from "#protocol/caps";
import { withoutTerminalReplies } from "#runner/core/terminal-replies";
import { failureLine } from "#runner/node/cli/failure";
import type { RunExit, RunTerminal } from "#runner/node/cli/run-terminal";

/** Ctrl-] leaves the terminal, as in telnet. */
const detachByte = 0x1d;

export interface TtyStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * Puts a run's terminal on this one until the run ends or the person leaves: keys in raw mode, size and all.
 * @returns how the run ended, or undefined where the person left
 */
export async function holdTerminal({ input, output }: TtyStreams, terminal: RunTerminal): Promise<RunExit | undefined> {
  if (!input.isTTY) return terminal.ended;
  const wasRaw = input.isRaw;
  let leave: () => void = () => {};
  const left = new Promise<undefined>((resolve) => {
    leave = () => resolve(undefined);
  });
  const onData = (read: Buffer) => {
    const bytes = withoutReplies(read);
    const at = bytes.indexOf(detachByte);
    const typed = at < 0 ? bytes : bytes.subarray(0, at);
    for (let i = 0; i < typed.length; i += maxInputBytes) terminal.type(typed.subarray(i, i + maxInputBytes));
    if (at >= 0) leave();
  };
  const onResize = () => terminal.resize({ cols: output.columns, rows: output.rows });
  input.setRawMode(true);
  try {
    await terminal.takeLease().then(onResize, (error: unknown) => {
      output.write(`\r\n(you can watch, but not type: ${failureLine(error)})\r\n`);
    });
    // Keys from before the lease was there wait in the terminal's own buffer.
    input.on("data", onData);
    input.resume();
    output.on("resize", onResize);
    return await Promise.race([terminal.ended, left]);
  } finally {
    output.off("resize", onResize);
    input.off("data", onData);
    input.setRawMode(wasRaw);
    input.pause();
    output.write(resetScreen);
  }
}

/** Bytes stay bytes: what is typed need not be UTF-8. */
const withoutReplies = (bytes: Buffer): Buffer =>
  Buffer.from(withoutTerminalReplies(bytes.toString("latin1")), "latin1");

/** Leaves what a full-screen program may have switched on: alternate screen, mouse, paste mode, hidden cursor. */
const resetScreen =
  "\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[<u\x1b[?25h\x1b[0m\r\n";
