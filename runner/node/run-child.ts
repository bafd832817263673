import { spawn } from "node:child_process";

/** A signal goes to every process of a terminal, and comes to each in its own time. */
const signalMs = 100;

/** How a program of this terminal has ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export const endedWell = ({ code }: ChildEnd): boolean => code === 0;
/** For a person. */
export const howEnded = ({ code, signal }: ChildEnd): string => signal ?? `exit code ${code}`;

/** Runs a program in this terminal. One that is not there ends with 127, as in a shell, and the terminal says why. */
export const runChild = (
  [command = "", ...args]: readonly string[],
  options: { readonly cwd?: string; readonly env: NodeJS.ProcessEnv; readonly stdin: "inherit" | "ignore" },
): Promise<ChildEnd> =>
  new Promise((resolve) => {
    const { stdin, ...rest } = options;
    const child = spawn(command, args, { ...rest, stdio: [stdin, "inherit", "inherit"] });
    // What has ended it may have been sent to this program as well, and is heard of in a moment.
    child.once("exit", (code, signal) => setTimeout(() => resolve({ code, signal }), code === 0 ? 0 : signalMs));
    child.once("error", (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve({ code: 127, signal: null });
    });
  });
