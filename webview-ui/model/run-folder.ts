import type { Run, Runner } from "#protocol/documents";

/** The folder of a run as a prompt names it: below its runner's folder, empty for that folder itself. */
export function folderBelow(run: Run | undefined, runner: Runner | undefined): string {
  const { cwd = "" } = run?.body ?? {};
  const top = runner?.body.folder;
  if (top === undefined || cwd === top) return "";
  return cwd.startsWith(top) && /^[\\/]./.test(cwd.slice(top.length)) ? cwd.slice(top.length + 1) : cwd;
}
