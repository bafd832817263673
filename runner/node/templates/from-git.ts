import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TemplateManifest, TemplateSource } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { nameFrom } from "#protocol/shown-text";
import {
  folderProblem,
  parseRepository,
  type Repository,
  refProblem,
  repositoryProblem,
} from "#protocol/template-repository";
import { filesOfCommit } from "#runner/node/templates/commit-files";
import { fetchCommit } from "#runner/node/templates/fetch";
import { manifestName, readManifest } from "#runner/node/templates/manifest";
import { checkFiles, type OpenedTemplate } from "#runner/node/templates/opened";
import type { TemplateProgress } from "#runner/node/templates/progress";
import { checkCancelled, type TemplateFile } from "#runner/node/templates/template-file";
import type { GitPlace } from "#runner/node/templates/template-git";

const progressPercent = 10;
type GitSource = Extract<TemplateSource, { kind: "git" }>;

export interface FromGitOptions {
  /** The executable; undefined where there is none. */
  readonly git: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((progress: TemplateProgress) => void) | undefined;
  /** Plain http to this machine, which only tests need. */
  readonly allowsLoopback?: boolean | undefined;
}

/**
 * Fetches a template from a repository. Everything of it is in memory then, and nothing on the disk.
 * @throws BatonError
 */
export async function openFromGit(source: GitSource, options: FromGitOptions): Promise<OpenedTemplate> {
  const repository = checkSource(source, options.allowsLoopback);
  if (options.git === undefined) throw new BatonError("git_missing");
  checkCancelled(options.signal);
  const { git, environment, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), "baton-template-"));
  try {
    return await readFrom({ git, folder, environment, signal }, repository, source, options);
  } catch (error) {
    checkCancelled(signal);
    if (error instanceof BatonError) throw error;
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new BatonError("template_unreachable", { repository: repository.url, reason }, { cause: error });
  } finally {
    // A Git that was stopped may be about to write its last.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** @throws BatonError `template_source_refused` */
function checkSource({ repository, ref, folder }: GitSource, allowsLoopback: boolean | undefined): Repository {
  const parsed = parseRepository(repository, allowsLoopback);
  const wrong: readonly [string, string | undefined][] = [
    [repository, parsed ? undefined : repositoryProblem(repository)],
    [ref ?? "", refProblem(ref)],
    [folder ?? "", folderProblem(folder)],
  ];
  for (const [text, reason] of wrong) {
    if (reason !== undefined) throw new BatonError("template_source_refused", { source: text, reason });
  }
  if (!parsed) throw new BatonError("template_source_refused", { source: repository, reason: "its address is none" });
  return parsed;
}

async function readFrom(
  place: GitPlace,
  repository: Repository,
  { ref, folder = "" }: GitSource,
  { progress }: FromGitOptions,
): Promise<OpenedTemplate> {
  progress?.({ step: "fetching", repository: repository.url });
  let said = 0;
  const say = (percent: number) => {
    // Git says each hundredth, and again from the beginning with its next step; a terminal has a line for each.
    if (Math.abs(percent - said) < progressPercent) return;
    said = percent;
    progress?.({ step: "fetching", repository: repository.url, percent });
  };
  const commit = await fetchCommit(place, { repository, ref, progress: say });
  const found = await filesOfCommit(place, commit, folder, (files) => progress?.({ step: "reading", files })).catch(
    (error: unknown) => {
      if (folder === "" || error instanceof BatonError) throw error;
      throw new BatonError("template_folder_unknown", { repository: repository.url, folder }, { cause: error });
    },
  );
  if (found.files.length === 0)
    throw new BatonError("template_folder_unknown", { repository: repository.url, folder: folder || "/" });
  const { manifest, files } = partsOf(found.files, nameOf(repository, folder));
  checkFiles(files);
  return { manifest, files, commit, leftOut: found.leftOut };
}

/** A repository that says nothing of itself is placed as it is, without variables. */
function partsOf(all: readonly TemplateFile[], name: string): { manifest: TemplateManifest; files: TemplateFile[] } {
  const own = all.find(({ path, kind }) => path === manifestName && kind !== "link");
  if (!own) return { manifest: { name, description: "", icon: "repo", variables: [] }, files: [...all] };
  const manifest = readManifest(own.bytes);
  const below = "files/";
  const inside = all.filter(({ path }) => path.startsWith(below));
  if (inside.length === 0) return { manifest, files: all.filter((file) => file !== own) };
  return { manifest, files: inside.map((file) => ({ ...file, path: file.path.slice(below.length) })) };
}

const nameOf = ({ name }: Repository, folder: string): string => nameFrom(folder.split("/").at(-1) || name, "Template");
