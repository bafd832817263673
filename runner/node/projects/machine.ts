import type { Environment } from "#runner/node/environment";
import { findExecutable } from "#runner/node/find-executable";

/** What a command line may count on where it is to be run. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** Whether a program is on the user's PATH. */
  has(program: string): boolean;
}

/** @param environment the user's own */
export function thisMachine(environment: Environment): Machine {
  const known = new Map<string, boolean>();
  return {
    platform: process.platform,
    has(program) {
      const is = known.get(program) ?? findExecutable(program, environment) !== undefined;
      known.set(program, is);
      return is;
    },
  };
}

/**
 * Python's own name here. Windows has a `python3` that only opens a shop, so its launcher comes first.
 * @returns what is usual where none is found: whoever starts it reads what is missing
 */
export function pythonOf(machine: Machine): string {
  const names = pythonNames(machine);
  return names.find(machine.has) ?? names[0];
}

export const hasPython = (machine: Machine): boolean => pythonNames(machine).some(machine.has);

const pythonNames = ({ platform }: Machine) =>
  platform === "win32" ? (["py", "python", "python3"] as const) : (["python3", "python"] as const);
