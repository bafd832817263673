import { spawn } from "node:child_process";

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
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve({ code: 127, signal: null });
    });
  });
