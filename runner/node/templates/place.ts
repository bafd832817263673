import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { BatonError } from "#protocol/errors";
import { errorCode } from "#runner/keeper/files";
import { beginRepository, hasRepository, type RepositoryOutcome } from "#runner/node/templates/begin-repository";
import { makeParents, moveIn } from "#runner/node/templates/move-in";
import { checkSize, type OpenedTemplate } from "#runner/node/templates/opened";
import { checkPaths } from "#runner/node/templates/paths";
import { checkConsent, type Placement, planOf } from "#runner/node/templates/plan";
import type { TemplateProgress } from "#runner/node/templates/progress";
import { writeFiles } from "#runner/node/templates/stage";
import { findTarget, stagePrefix, type Target } from "#runner/node/templates/target";
import { checkCancelled, type TemplateFile } from "#runner/node/templates/template-file";
import { fillIn, valuesOf } from "#runner/node/templates/variables";

export interface PlaceOptions {
  /** An absolute path: of a new folder, or of one that is there. */
  readonly target: string;
  /** The real path of a folder that the target has to lie in. */
  readonly within?: string | undefined;
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /**
   * Agreement to place it into a folder that is not empty: the `changes` that a plan listed. Anything else that would
   * be replaced is refused.
   */
  readonly over?: readonly string[] | undefined;
  readonly git: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((progress: TemplateProgress) => void) | undefined;
}

/** What a template has become. */
export interface Placed extends Placement {
  /** The real path. */
  readonly folder: string;
  readonly repository: RepositoryOutcome;
}

/**
 * What placing would create and change.
 * @throws BatonError as `placeOpened`, but for `template_over_files`
 */
export async function planOpened(template: OpenedTemplate, options: PlaceOptions): Promise<Placement> {
  const target = await findTarget(options.target, options.within);
  return planOf(target, filledFiles(template, target, options));
}

/**
 * Places a template: all of it, or nothing. It is written beside its place first, or inside of a folder that is there
 * (which may be a disk of its own), and moved when it is whole.
 * @throws BatonError `template_target_refused`, `folder_not_allowed`, `template_over_files`, `template_path_refused`,
 *   `template_variable_invalid`, `template_too_large`, `template_cancelled`, `template_not_placed`
 */
export async function placeOpened(template: OpenedTemplate, options: PlaceOptions): Promise<Placed> {
  const target = await findTarget(options.target, options.within);
  const files = filledFiles(template, target, options);
  const plan = await planOf(target, files);
  checkConsent(target, plan, options.over);
  checkCancelled(options.signal);
  const { folder } = target;
  options.progress?.({ step: "writing", files: files.length, folder });
  try {
    const repository = await stageAndMove(template, target, files, plan, options);
    return { folder, repository, ...plan };
  } catch (error) {
    checkCancelled(options.signal);
    if (error instanceof BatonError) throw error;
    const reason = errorCode(error) ?? (error instanceof Error ? error.message : String(error));
    throw new BatonError("template_not_placed", { folder, reason }, { cause: error });
  }
}

function filledFiles(template: OpenedTemplate, target: Target, { variables = {} }: PlaceOptions): TemplateFile[] {
  const values = valuesOf(template.manifest.variables, variables, basename(target.folder));
  let bytes = 0;
  const files = template.files.map((unfilled) => {
    const file = fillIn(unfilled, values);
    bytes += file.bytes.length;
    // A name of five characters may stand for a value of hundreds, a million times.
    checkSize(template.files.length, bytes);
    return file;
  });
  checkPaths(files);
  return files;
}

async function stageAndMove(
  template: OpenedTemplate,
  target: Target,
  files: readonly TemplateFile[],
  plan: Placement,
  options: PlaceOptions,
): Promise<RepositoryOutcome> {
  const removeParents = target.isThere ? undefined : await makeParents(target.folder);
  let stage: string | undefined;
  let isPlaced = false;
  try {
    stage = await mkdtemp(join(target.isThere ? target.folder : dirname(target.folder), stagePrefix));
    const [staged, aside] = [join(stage, "files"), join(stage, "aside")];
    await mkdir(staged);
    await writeFiles(staged, files, options.signal);
    const repository = await begin(template, target, staged, options);
    checkCancelled(options.signal);
    if (target.isThere) {
      await mkdir(aside);
      const creates = [...plan.creates, ...(repository.kind === "begun" ? [".git"] : [])];
      const { signal } = options;
      await moveIn({ from: staged, to: target.folder, aside, creates, changes: plan.changes, signal });
    } else {
      await rename(staged, target.folder);
    }
    isPlaced = true;
    return repository;
  } finally {
    // What is left of it now would hide what went wrong, or that all went well.
    if (stage !== undefined) await rm(stage, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
    if (!isPlaced) await removeParents?.();
  }
}

/** Files are worth having without a repository, so that a Git that fails stops nothing. */
async function begin(
  { manifest }: OpenedTemplate,
  target: Target,
  folder: string,
  { git, environment, signal, progress }: PlaceOptions,
): Promise<RepositoryOutcome> {
  if (hasRepository(target)) return { kind: "kept" };
  if (!target.isEmpty) return { kind: "left-to-you" };
  if (git === undefined) return { kind: "no-git" };
  progress?.({ step: "beginning-repository" });
  try {
    const commit = await beginRepository({ git, folder, environment, signal }, `Begin with ${manifest.name}`);
    return { kind: "begun", commit };
  } catch (error) {
    checkCancelled(signal);
    await rm(join(folder, ".git"), { recursive: true, force: true, maxRetries: 5 });
    return { kind: "failed", reason: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error) };
  }
}
