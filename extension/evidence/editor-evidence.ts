import { languagesReadyMs } from "#extension/caps";
import { diagnosticsSettled, readDiagnostics } from "#extension/evidence/diagnostics";
import { watchTasks } from "#extension/evidence/ended-tasks";
import { editorGit } from "#extension/evidence/git-path";
import type { EvidenceFacts, EvidenceSource } from "#runner/core/evidence";
import type { Log } from "#runner/core/host";
import { changedFolder, gitAtEnd, gitAtStart } from "#runner/node/git-evidence";

export interface EditorEvidence extends EvidenceSource {
  dispose(): void;
}

interface EvidenceDeps {
  /** As the editor names it, which may be a link to the real one. */
  readonly folder: string;
  /** Its real path. */
  readonly served: string;
  /** The Git that is used where the editor has none. */
  readonly git: () => Promise<string | undefined>;
  readonly log: Log;
}

/** What this window knows of a folder before and after a run: its diagnostics, Git, and its tasks that ended. */
export function createEditorEvidence({ folder, served, git, log }: EvidenceDeps): EditorEvidence {
  const ended = watchTasks(folder);
  const beganAt = Date.now();
  const findGit = async () => (await editorGit()) ?? (await git());
  /** Git that fails takes nothing away from what the editor knows. */
  const orNothing = async (read: (file: string) => Promise<EvidenceFacts["git"]>): Promise<EvidenceFacts["git"]> => {
    try {
      const file = await findGit();
      return file === undefined ? undefined : await read(file);
    } catch (error) {
      log.debug({ error: String(error) }, "Git does not say what has changed");
      return undefined;
    }
  };

  return {
    async start({ header }) {
      const diagnostics = readDiagnostics(folder);
      const found = await orNothing((file) => gitAtStart(file, changedFolder(served, header.body.cwd)));
      return { diagnostics, ...(found && { git: found }) };
    },
    async end({ header }, start, lateMs) {
      // A window that has just begun knows neither the tasks before it nor, yet, what is wrong in the files.
      const isNew = Date.now() - beganAt < languagesReadyMs && header.createdAt < beganAt;
      if (lateMs !== undefined || isNew) {
        const found = await orNothing((file) => gitAtEnd(file, changedFolder(served, header.body.cwd), start?.git));
        return found && { git: found };
      }
      const settled = diagnosticsSettled();
      const found = await orNothing((file) => gitAtEnd(file, changedFolder(served, header.body.cwd), start?.git));
      // Where nothing was written there is nothing new to find.
      if (!found || found.changedFiles > 0) await settled;
      const tasks = ended.since(header.createdAt);
      return { diagnostics: readDiagnostics(folder), ...(found && { git: found }), ...(tasks.length > 0 && { tasks }) };
    },
    dispose: ended.dispose,
  };
}
