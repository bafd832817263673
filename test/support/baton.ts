import { artifact } from "#test/support/dist";
import { type Pty, spawnPty } from "#test/support/node-pty";
import { runProcess } from "#test/support/processes";

/** Runs `baton` to its end, with nothing of this machine's own configuration. */
export const baton = (
  args: readonly string[],
  options: { readonly home: string; readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly input?: string },
) =>
  runProcess([process.execPath, artifact("cli"), ...args], {
    env: { BATON_RELAY: undefined, BATON_TOKEN: undefined, ...options.env, BATON_HOME: options.home },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.input !== undefined && { input: options.input }),
  });

/** `baton` in a terminal, as a person uses it. */
export interface BatonTerminal {
  readonly pty: Pty;
  /** Everything that was on the screen so far. */
  readonly text: () => string;
  /** Settles when the text has come. @throws Error after `timeoutMs` */
  readonly shows: (text: string | RegExp, timeoutMs?: number) => Promise<void>;
  readonly type: (keys: string) => void;
  readonly exited: Promise<number>;
}

export function batonTerminal(
  args: readonly string[],
  options: {
    readonly home: string;
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    /** Where stdout goes instead of the terminal. */
    readonly stdoutFile?: string;
  },
): BatonTerminal {
  const variables = Object.entries({ ...options.env, BATON_HOME: options.home }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const { stdoutFile } = options;
  const redirect =
    stdoutFile === undefined ? [] : ["/bin/sh", "-c", 'out=$1; shift; exec "$@" >"$out"', "sh", stdoutFile];
  const argv = [...redirect, "/usr/bin/env", ...variables, process.execPath, artifact("cli"), ...args];
  const pty = spawnPty(argv as unknown as [string, ...string[]], {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  let text = "";
  const waiting = new Set<() => void>();
  pty.onData((data) => {
    text += data.toString("utf8");
    for (const look of waiting) look();
  });
  const exited = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)));
  return {
    pty,
    text: () => text,
    exited,
    type: (keys) => pty.write(keys),
    shows: (wanted, timeoutMs = 15_000) =>
      new Promise((resolve, reject) => {
        const finish = () => {
          clearTimeout(timer);
          waiting.delete(look);
        };
        const timer = setTimeout(() => {
          finish();
          reject(new Error(`the terminal never showed ${wanted}:\n${text}`));
        }, timeoutMs);
        const look = () => {
          if (typeof wanted === "string" ? !text.includes(wanted) : !wanted.test(text)) return;
          finish();
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
