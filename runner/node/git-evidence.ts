import { maxBranchLength, maxEvidenceFiles } from "#protocol/caps";
import type { Evidence } from "#protocol/evidence";
import type { EvidenceSource } from "#runner/core/evidence";
import { gitAtEndMs, gitAtStartMs } from "#runner/node/caps";
import { isInside } from "#runner/node/folders";
import { type GitState, type LineCounts, readGitState, repositoryOf } from "#runner/node/git-state";

type GitEvidence = NonNullable<Evidence["git"]>;

/** What is not committed in a folder. @throws Error where Git fails */
export async function gitAtStart(git: string, folder: string): Promise<GitEvidence | undefined> {
  const state = await readGitState(git, folder, AbortSignal.timeout(gitAtStartMs));
  return state && evidenceOf(state, [...state.changes]);
}

/**
 * What has changed in a folder since the start, also where it was committed meanwhile.
 * @throws Error where Git fails, as when the commit of the start is gone
 */
export async function gitAtEnd(
  git: string,
  folder: string,
  start: GitEvidence | undefined,
): Promise<GitEvidence | undefined> {
  if (!start) return undefined;
  const state = await readGitState(git, folder, AbortSignal.timeout(gitAtEndMs), start.commit);
  if (!state) return undefined;
  // Beyond what the start names only its sums are known.
  if (start.files.length < start.changedFiles) return since(evidenceOf(state, [...state.changes]), start);
  const before = new Map(start.files.map(({ path, added, removed }) => [path, { added, removed }]));
  const none: LineCounts = { added: 0, removed: 0 };
  const changes: [string, LineCounts][] = [];
  for (const path of new Set([...before.keys(), ...state.changes.keys()])) {
    const [was, is] = [before.get(path), state.changes.get(path)];
    if (was && is && was.added === is.added && was.removed === is.removed) continue;
    changes.push([path, difference(was ?? none, is ?? none)]);
  }
  return evidenceOf(state, changes);
}

/** Lines that were new before the run and are gone now were taken away by it, and the other way round. */
function difference(was: LineCounts, is: LineCounts): LineCounts {
  const [added, removed] = [is.added - was.added, is.removed - was.removed];
  return { added: Math.max(0, added) + Math.max(0, -removed), removed: Math.max(0, removed) + Math.max(0, -added) };
}

const since = (end: GitEvidence, start: GitEvidence): GitEvidence => ({
  ...end,
  changedFiles: Math.max(0, end.changedFiles - start.changedFiles),
  addedLines: Math.max(0, end.addedLines - start.addedLines),
  removedLines: Math.max(0, end.removedLines - start.removedLines),
  files: [],
});

function evidenceOf({ branch, commit }: GitState, changes: readonly (readonly [string, LineCounts])[]): GitEvidence {
  const sum = (of: (counts: LineCounts) => number) => changes.reduce((total, [, counts]) => total + of(counts), 0);
  return {
    ...(branch !== undefined && { branch: branch.slice(0, maxBranchLength) }),
    ...(commit !== undefined && { commit }),
    changedFiles: changes.length,
    addedLines: sum(({ added }) => added),
    removedLines: sum(({ removed }) => removed),
    files: changes.slice(0, maxEvidenceFiles).map(([path, { added, removed }]) => ({ path, added, removed })),
  };
}

/**
 * The folder whose changes are a run's: all of a repository that lies in the served folder, of a larger one no more
 * than that folder, and elsewhere only where the run works.
 * @param served the real path of the runner's folder
 * @param cwd the real path of the run's
 */
export function changedFolder(served: string, cwd: string): string {
  if (!isInside(served, cwd)) return cwd;
  const root = repositoryOf(cwd);
  return root !== undefined && isInside(served, root) ? root : served;
}

/**
 * What Git alone can say of a run, for hosts without an editor.
 * @param served the real path of the runner's folder
 * @param git finds the executable
 */
export const gitEvidence = (served: string, git: () => Promise<string | undefined>): EvidenceSource => ({
  async start(run) {
    const file = await git();
    const found = file && (await gitAtStart(file, changedFolder(served, run.header.body.cwd)));
    return found ? { git: found } : undefined;
  },
  async end(run, start) {
    const file = start?.git && (await git());
    const found = file && (await gitAtEnd(file, changedFolder(served, run.header.body.cwd), start?.git));
    return found ? { git: found } : undefined;
  },
});
