import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Uri, workspace } from "vscode";
import { type WritePiece, writeWholeFile } from "#runner/node/whole-file";

/** Writes a file where a person wants it, without holding it: what is no file of this machine is copied by the editor. */
export async function writeOutput(target: Uri, fill: (write: WritePiece) => Promise<void>): Promise<void> {
  if (target.scheme === "file") return writeWholeFile(target.fsPath, fill);
  const folder = mkdtempSync(join(tmpdir(), "baton-export-"));
  try {
    const path = join(folder, "output");
    await writeWholeFile(path, fill);
    await workspace.fs.copy(Uri.file(path), target, { overwrite: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
