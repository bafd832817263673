import { win32 } from "node:path";
import { BatonError } from "#protocol/errors";
import { readIfThere } from "#runner/keeper/files";

/**
 * On Windows npm puts a batch file in front of every command. `cmd.exe` reads the arguments of a batch file once more
 * by its own rules, so that a prompt with a `&` or a `%` in it would be run or filled in. Behind nearly all of them is a
 * program that can be started directly.
 */
const target = /"%(?:~dp0|dp0%)\\?([^"%]+\.(?:js|cjs|mjs|exe))"\s+%\*/gi;

/**
 * What a batch file as npm, pnpm and Yarn make them starts, as the beginning of an argv.
 * @param file the batch file's absolute path
 * @param node what runs a script
 * @returns undefined where the text is of another form
 */
export function behindBatchFile(file: string, text: string, node: string): readonly string[] | undefined {
  const [, path] = [...text.matchAll(target)].at(-1) ?? [];
  if (path === undefined) return undefined;
  const program = win32.join(win32.dirname(file), path);
  return /\.exe$/i.test(program) ? [program] : [node, program];
}

export const isBatchFile = (file: string): boolean => /\.(cmd|bat)$/i.test(file);

/**
 * How a program is started: as it is, or as what stands behind a batch file.
 * @param node what runs a script
 */
export function programArgv(file: string, node: string): readonly string[] {
  if (!isBatchFile(file)) return [file];
  return behindBatchFile(file, readIfThere(file) ?? "", node) ?? [file];
}

/** Characters with which `cmd.exe` does something of its own, quoted or not. */
const unsafeForBatch = /["%!^&|<>\r\n]/;

/**
 * Refuses what a batch file could not be given as it is.
 * @throws BatonError `spawn_failed`
 */
export function checkBatchArguments(argv: readonly string[]): void {
  const [file = "", ...args] = argv;
  if (!isBatchFile(file) || !args.some((text) => unsafeForBatch.test(text))) return;
  throw new BatonError("spawn_failed", {
    command: file,
    reason: "it is a batch file, which would read some characters of this prompt as commands",
  });
}
