import type { RunId } from "#protocol/ids";
import { plainText } from "#protocol/plain-text";
import { exitCodes, failureLine } from "#runner/node/cli/failure";
import { exitCodeOf, type RunExit, type RunTerminal, type TerminalSink } from "#runner/node/cli/run-terminal";
import { holdTerminal } from "#runner/node/cli/tty-session";

export interface RunVoice {
  readonly sink: TerminalSink;
  prompt(event: Record<string, unknown>): void;
  ended(runId: RunId, exit: RunExit): void;
}

/** Output for a person is the terminal's own bytes; for a program each piece is a line of JSON. */
export function createRunVoice(isJson: boolean): RunVoice {
  const say = (event: Record<string, unknown>) => void process.stdout.write(`${JSON.stringify(event)}\n`);
  const decoder = new TextDecoder();
  return {
    sink: {
      picture: (bytes) => void (isJson || process.stdout.write(bytes)),
      output: (bytes) => {
        if (isJson) say({ event: "output", text: decoder.decode(bytes, { stream: true }) });
        else process.stdout.write(bytes);
      },
    },
    prompt: (event) => {
      if (isJson) say(event);
    },
    ended: (runId, exit) => {
      if (isJson) say({ event: "ended", runId, ...exit });
      else if (exit.signal !== undefined && exit.end === "exited")
        process.stderr.write(`baton: the run was ended by ${plainText(exit.signal)}\n`);
      else if (exit.end !== "exited") process.stderr.write(`baton: the run ended: ${exit.end}\n`);
    },
  };
}

/**
 * Follows a run to its end. An agent's own interface gets this terminal; otherwise the first Ctrl-C cancels the run
 * and the second leaves it.
 * @param open opens the run's terminal; Ctrl-C counts from before anything of it is shown
 */
export async function followRun(
  runId: RunId,
  open: () => RunTerminal | Promise<RunTerminal>,
  isInteractive: boolean,
  voice: RunVoice,
): Promise<number> {
  let interrupts = 0;
  let terminal: RunTerminal | undefined;
  let leave: () => void = () => {};
  const left = new Promise<undefined>((resolve) => {
    leave = () => resolve(undefined);
  });
  const cancel = () => {
    terminal?.cancel().catch((error: unknown) => process.stderr.write(`baton: ${failureLine(error)}\n`));
  };
  const onInterrupt = () => {
    if (++interrupts > 1) leave();
    else cancel();
  };
  process.on("SIGINT", onInterrupt);
  try {
    terminal = await open();
    if (interrupts > 0) cancel();
    const streams = { input: process.stdin, output: process.stdout };
    const exit = await Promise.race([isInteractive ? holdTerminal(streams, terminal) : terminal.ended, left]);
    if (!exit) return interrupts > 0 ? exitCodes.cancelled : exitCodes.success;
    voice.ended(runId, exit);
    return exitCodeOf(exit);
  } finally {
    process.off("SIGINT", onInterrupt);
    terminal?.close();
  }
}
