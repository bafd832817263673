import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Has the local user change a text: in `$VISUAL` or `$EDITOR` where one is set, else as one line on the terminal.
 * @param readLine asks for one line, with a first text in it
 */
export async function editText(text: string, readLine: (first: string) => Promise<string>): Promise<string> {
  const editor = process.env.VISUAL || process.env.EDITOR;
  if (!editor) return text.includes("\n") ? readLine("") : readLine(text);
  const folder = mkdtempSync(join(tmpdir(), "baton-edit-"));
  const file = join(folder, "prompt.md");
  try {
    writeFileSync(file, text, { mode: 0o600 });
    // People put options into $EDITOR, so it is a command line, as git takes it; the file is an argument of its own.
    const isWindows = process.platform === "win32";
    const { status, error } = isWindows
      ? spawnSync(`${editor} "${file}"`, { stdio: "inherit", shell: true })
      : spawnSync("/bin/sh", ["-c", `${editor} "$1"`, "sh", file], { stdio: "inherit" });
    if (error || status !== 0) return text;
    return readFileSync(file, "utf8").replace(/\r?\n$/, "");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
