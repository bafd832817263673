import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TerminalStreams } from "#runner/node/read-key";

/**
 * Has the local user change a text: in `$VISUAL` or `$EDITOR` where one is set and can be seen, else as one line on the
 * terminal. The editor gets the very streams of the question: this process's own stdout may be a pipe.
 * @param readLine asks for one line, with a first text in it
 */
export async function editText(
  text: string,
  streams: TerminalStreams,
  readLine: (first: string) => Promise<string>,
): Promise<string> {
  const editor = editorOf(process.env);
  const isSeen = streams.input.isTTY && streams.output.isTTY;
  if (!editor || !isSeen) return text.includes("\n") ? readLine("") : readLine(text);
  const folder = mkdtempSync(join(tmpdir(), "baton-edit-"));
  const file = join(folder, "prompt.md");
  const stdio = [streams.input, streams.output, streams.output];
  try {
    writeFileSync(file, text, { mode: 0o600 });
    // People put options into $EDITOR, so it is a command line, as git takes it; the file is an argument of its own.
    const isWindows = process.platform === "win32";
    const { status, error } = isWindows
      ? spawnSync(`${editor} "${file}"`, { stdio, shell: true })
      : spawnSync("/bin/sh", ["-c", `${editor} "$1"`, "sh", file], { stdio });
    if (error || status !== 0) return text;
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What npm sets as $EDITOR where nobody has chosen one; whoever did not choose it may not know how to leave it. */
const npmDefault = "vi";

/** The command line of the user's own editor. */
export function editorOf(env: NodeJS.ProcessEnv): string | undefined {
  const editor = env.VISUAL || env.EDITOR;
  const isByNpm = env.npm_lifecycle_event !== undefined && !env.VISUAL && editor === npmDefault;
  return isByNpm ? undefined : editor || undefined;
}
