import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryOf } from "#runner/node/git-state";
import type { Target } from "#runner/node/templates/target";
import { type GitPlace, templateGit } from "#runner/node/templates/template-git";

/** What has become of a repository: begun anew, or why not. */
export type RepositoryOutcome =
  /** With one commit, of all files. */
  | { readonly kind: "begun"; readonly commit: string }
  /** The folder had one, or lies in one, which is left as it is. */
  | { readonly kind: "kept" }
  /** It was placed beside files of somebody's, and the first commit of those is theirs to make. */
  | { readonly kind: "left-to-you" }
  | { readonly kind: "no-git" }
  | { readonly kind: "failed"; readonly reason: string };

/** Whether a folder has a repository already, or lies in one. */
export const hasRepository = ({ existing }: Target): boolean => repositoryOf(existing) !== undefined;

/**
 * Begins a repository with a first commit of everything in a folder. Whoever has told Git their name is its author,
 * and else Baton is.
 * @throws Error where Git fails
 */
export async function beginRepository(place: GitPlace, message: string): Promise<string> {
  const git = templateGit(place);
  const set = async (key: string) => (await git.raw("config", "--default", "", "--get", key)).trim();
  const branch = (await set("init.defaultBranch")) || "main";
  const isNamed = (await set("user.name")) !== "" && (await set("user.email")) !== "";
  // Without the user's own hooks and files for new repositories: they would be run, or be in the commit.
  await git.raw("init", "--quiet", "--template=", `--initial-branch=${branch}`);
  const takeAway = await withoutFilters(place.folder);
  await git.raw("add", "--all");
  const author = isNamed ? [] : ["-c", "user.name=Baton", "-c", "user.email=baton@localhost"];
  await git.raw(
    ...author,
    "commit",
    "--quiet",
    "--allow-empty",
    "--no-verify",
    "--no-gpg-sign",
    `--message=${message}`,
  );
  await takeAway();
  return (await git.raw("rev-parse", "HEAD")).trim();
}

/**
 * A template's attributes could name a filter of the user's, and Git would run its program on files of a stranger.
 * @returns takes this away again
 */
async function withoutFilters(folder: string): Promise<() => Promise<void>> {
  const info = join(folder, ".git", "info");
  await mkdir(info, { recursive: true });
  // This file outranks those of the template.
  await writeFile(join(info, "attributes"), "* !filter\n", { flag: "wx" });
  return () => rm(info, { recursive: true });
}
