import type { TemplateManifest, TemplateSource } from "#protocol/documents";
import type { Environment } from "#runner/node/environment";
import { findExecutable } from "#runner/node/find-executable";
import { openBuiltIn } from "#runner/node/templates/built-in";
import { openFromGit } from "#runner/node/templates/from-git";
import type { OpenedTemplate } from "#runner/node/templates/opened";
import { type Placed, type PlaceOptions, placeOpened, planOpened } from "#runner/node/templates/place";
import type { Placement } from "#runner/node/templates/plan";
import type { TemplateProgress } from "#runner/node/templates/progress";

export { builtInTemplates } from "#runner/node/templates/built-in";
export type { OpenedTemplate } from "#runner/node/templates/opened";
export { type Placed, placeOpened, planOpened } from "#runner/node/templates/place";
export type { Placement } from "#runner/node/templates/plan";
export { progressText, type TemplateProgress } from "#runner/node/templates/progress";

/** Where templates are found, and with what they are fetched. */
export interface TemplateSurroundings {
  /** The folder of the built artifacts, with the built-in templates in it. */
  readonly built: string;
  /** With the PATH that Git is looked up on, and the user's own settings of it. */
  readonly environment: Environment;
  /** Git's executable, where it is known. */
  readonly git?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((progress: TemplateProgress) => void) | undefined;
  /** Plain http to this machine, which only tests need. */
  readonly allowsLoopback?: boolean | undefined;
}

export type PlaceRequest = TemplateSurroundings &
  Pick<PlaceOptions, "target" | "within" | "variables" | "over"> & { readonly source: TemplateSource };

/** What a template is, before anything of it is placed: with the command that makes it ready, to be shown. */
export interface TemplateDescription extends TemplateManifest {
  readonly commit?: string;
  readonly files: number;
  readonly bytes: number;
  readonly leftOut: readonly string[];
}

/**
 * Fetches a template into memory, from where it can be described, planned and placed without being fetched again.
 * @throws BatonError `template_unknown`, `template_source_refused`, `template_unreachable`, `template_ref_unknown`,
 *   `template_folder_unknown`, `template_too_large`, `template_invalid`, `template_path_refused`,
 *   `template_cancelled`, `git_missing`
 */
export function openTemplate(source: TemplateSource, surroundings: TemplateSurroundings): Promise<OpenedTemplate> {
  if (source.kind === "built-in") return openBuiltIn(surroundings.built, source.id);
  return openFromGit(source, { ...surroundings, git: gitOf(surroundings) });
}

/** @throws BatonError as `openTemplate` */
export async function describeTemplate(
  source: TemplateSource,
  surroundings: TemplateSurroundings,
): Promise<TemplateDescription> {
  return descriptionOf(await openTemplate(source, surroundings));
}

export function descriptionOf({ manifest, files, commit, leftOut }: OpenedTemplate): TemplateDescription {
  return {
    ...manifest,
    ...(commit !== undefined && { commit }),
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
    leftOut,
  };
}

/**
 * Fetches a template and places it: all of it, or nothing.
 * @throws BatonError as `openTemplate` and `placeOpened`
 */
export async function placeTemplate(
  request: PlaceRequest,
): Promise<Placed & { readonly template: TemplateDescription }> {
  const opened = await openTemplate(request.source, request);
  const placed = await placeOpened(opened, { ...request, git: gitOf(request) });
  return { ...placed, template: descriptionOf(opened) };
}

/** The same with what it would create and change, and nothing placed. */
export async function planPlacement(
  request: PlaceRequest,
): Promise<Placement & { readonly template: TemplateDescription }> {
  const opened = await openTemplate(request.source, request);
  return { ...(await planOpened(opened, { ...request, git: gitOf(request) })), template: descriptionOf(opened) };
}

const gitOf = ({ git, environment }: TemplateSurroundings): string | undefined =>
  git ?? findExecutable("git", environment);
