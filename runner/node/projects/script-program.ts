/** What a script of a package starts, as far as its text tells. */
export interface ScriptProgram {
  /** Without a path and an extension; empty where the text says nothing. */
  readonly program: string;
  readonly words: readonly string[];
  /** What is appended to the script reaches this program. */
  readonly takesArguments: boolean;
}

const settings = /^[A-Za-z_][A-Za-z0-9_]*=/;
/** Programs that start the one behind them. */
const starters: ReadonlySet<string> = new Set(["npx", "bunx", "cross-env", "cross-env-shell", "env", "dotenv", "exec"]);
const maxScriptLength = 2_000;

/** Whether a script calls a program, which may be named with its first word, as `webpack serve`. */
export const calls = ({ program, words }: ScriptProgram, called: string): boolean =>
  called === program || called === `${program} ${words[1]}`;

/** The last program of a script's text: what is appended to the script goes to that one, unless it ends in the background. */
export function programOf(script: string): ScriptProgram {
  const text = script.slice(0, maxScriptLength);
  const commands = text.split(/&&|\|\||[;|&]/);
  const isMany = /(?<!&)&(?!&)|\|/.test(text);
  const words = (commands.at(-1) ?? "").trim().split(/\s+/).filter(Boolean);
  while (words[0] !== undefined && (settings.test(words[0]) || starters.has(words[0]) || /^--?/.test(words[0])))
    words.shift();
  const program = (words[0] ?? "").replace(/^.*[/\\]/, "").replace(/\.(?:[cm]?js|cmd|exe)$/, "");
  return { program, words, takesArguments: !isMany };
}

/** Programs that run a file of JavaScript or TypeScript. */
const runtimes: ReadonlySet<string> = new Set(["node", "nodemon", "tsx", "ts-node", "ts-node-dev", "bun", "deno"]);
export const isRuntime = ({ program }: ScriptProgram): boolean => runtimes.has(program);

/** The file that a runtime is to run. */
export const sourceOf = (run: ScriptProgram): string | undefined =>
  isRuntime(run)
    ? run.words.slice(1).find((word) => /^(?:\.\/)?(?:\w[\w.-]*\/)*\w[\w.-]*\.[cm]?[jt]sx?$/.test(word))
    : undefined;

const managers: ReadonlySet<string> = new Set(["npm", "pnpm", "yarn", "bun"]);
/** The script of the same package that a script stands for, as in `npm run dev`. */
export function otherScript({ program, words }: ScriptProgram, scripts: Readonly<Record<string, string>>) {
  if (!managers.has(program)) return undefined;
  const name = words[1] === "run" ? words[2] : words[1];
  return name !== undefined && Object.hasOwn(scripts, name) ? scripts[name] : undefined;
}
