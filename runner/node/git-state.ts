import { constants, existsSync, realpathSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { maxCountedFileBytes, maxCountedFiles } from "#runner/node/caps";
import { withoutOwnFilters } from "#runner/node/git-filters";
import { runGit } from "#runner/node/git-run";

/**
 * A folder of a working tree beside a commit: every file below it that differs, with its lines. Files that Git ignores
 * are left out, and so is the rest of the repository: that may be everything that somebody has.
 */
export interface GitState {
  readonly branch?: string;
  readonly commit?: string;
  /** By their paths in the folder, with `/`. */
  readonly changes: ReadonlyMap<string, LineCounts>;
}
export interface LineCounts {
  readonly added: number;
  readonly removed: number;
}

/** The commit of a repository that has none. */
const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/**
 * @param git the executable
 * @param base the commit to compare with; absent: the one that is checked out
 * @returns undefined where the folder is in no repository
 * @throws Error where Git fails or takes too long
 */
export async function readGitState(
  git: string,
  folder: string,
  signal: AbortSignal,
  base?: string,
): Promise<GitState | undefined> {
  const root = repositoryOf(folder);
  if (root === undefined) return undefined;
  // A repository can say that its files lie elsewhere; what is there is none of the folder's.
  const shown = await runGit(git, folder, ["rev-parse", "--show-toplevel"], signal);
  const realRoot = realpathSync.native(root);
  if (realpathSync.native(shown.replace(/\r?\n$/, "")) !== realRoot) return undefined;
  const prefix = prefixOf(realRoot, folder);
  const unfiltered = await withoutOwnFilters(git, folder, signal);
  // A submodule has a configuration of its own, so none is asked.
  const asked = [
    "status",
    "--porcelain=v2",
    "--branch",
    "-z",
    "--untracked-files=all",
    "--ignore-submodules=all",
    "--",
    ".",
  ];
  const status = await runGit(git, folder, [...unfiltered, ...asked], signal);
  const fields = status.split("\0");
  const header = (name: string) => {
    const line = fields.find((field) => field.startsWith(`# branch.${name} `));
    const value = line?.slice(`# branch.${name} `.length);
    return value?.startsWith("(") ? undefined : value;
  };
  const [branch, commit] = [header("head"), header("oid")];
  const against = base ?? commit ?? emptyTree;
  const differing = ["diff", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv"];
  const compared = [...unfiltered, ...differing, "--ignore-submodules=all", "--relative", against, "--", "."];
  const numstat = await runGit(git, folder, compared, signal);
  const changes = new Map<string, LineCounts>();
  for (const row of numstat.split("\0")) {
    const [added, removed, path] = row.split("\t");
    // A binary file has no lines, which Git shows as “-”.
    if (path) changes.set(path, { added: Number(added) || 0, removed: Number(removed) || 0 });
  }
  const untracked = fields.filter((field) => field.startsWith("? ")).map((field) => field.slice(2 + prefix.length));
  for (const [i, path] of untracked.entries()) {
    changes.set(path, { added: i < maxCountedFiles ? await countLines(join(folder, path)) : 0, removed: 0 });
  }
  return { ...(branch !== undefined && { branch }), ...(commit !== undefined && { commit }), changes };
}

/** What Git puts before the paths of a folder. @param root the real path of the repository's */
function prefixOf(root: string, folder: string): string {
  const way = relative(root, realpathSync.native(folder)).split(sep).join("/");
  return way === "" ? "" : `${way}/`;
}

/** The folder with the repository that a folder lies in; where there is none Git costs no process. */
export function repositoryOf(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const git = join(at, ".git");
    // A worktree and a submodule have a file there.
    if (existsSync(join(git, "HEAD")) || statSync(git, { throwIfNoEntry: false })?.isFile()) return at;
    if (dirname(at) === at) return undefined;
  }
}

/**
 * A new link is not followed: what it leads to is no file of the repository, and opening a pipe waits for ever. Windows
 * knows neither of the flags.
 */
const asItIs = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

async function countLines(path: string): Promise<number> {
  const file = await open(path, asItIs).catch(() => undefined);
  if (!file) return 0;
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size > maxCountedFileBytes) return 0;
    const bytes = await file.readFile();
    if (bytes.includes(0)) return 0;
    let lines = bytes.length > 0 && bytes.at(-1) !== 0x0a ? 1 : 0;
    for (const byte of bytes) if (byte === 0x0a) lines++;
    return lines;
  } finally {
    await file.close();
  }
}
