import * as z from "zod";
import { maxPathLength } from "#protocol/caps";
import { Name, shownText } from "#protocol/shown-text";
import { folderProblem, refProblem, repositoryProblem } from "#protocol/template-repository";

/** The name of a built-in starter, of one in a team's list, or of a variable of one. */
export const TemplateId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "expected small letters, digits and dashes");

const GitSource = z.object({
  kind: z.literal("git"),
  repository: z.string().min(1).max(2_000).describe("`https://…`, `ssh://…`, `git@host:path`, or `owner/name`"),
  ref: z
    .string()
    .max(250)
    .optional()
    .describe("a branch, a tag or a whole commit id; default: what the repository is on"),
  folder: z.string().max(maxPathLength).optional().describe("below the repository's root"),
});

/** Where the files of a template come from. A runner checks what it is given again before anything is fetched. */
export const TemplateSource = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("built-in"), id: TemplateId }),
  GitSource,
]);
export type TemplateSource = z.infer<typeof TemplateSource>;

/** Variables of one template. */
const maxTemplateVariables = 20;

/** What stands for `{{id}}` in the files of a template. */
export const TemplateVariable = z.looseObject({
  id: TemplateId,
  label: Name,
  default: z.string().max(200).optional(),
});
export type TemplateVariable = z.infer<typeof TemplateVariable>;

/** A starter, as it is chosen from a list. */
export const Template = z.looseObject({
  id: TemplateId,
  name: Name,
  description: shownText(300),
  icon: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, "expected the name of a codicon")
    .default("file-code"),
  source: TemplateSource,
  variables: z.array(TemplateVariable).max(maxTemplateVariables).default([]),
  setUp: shownText(1_000).optional().describe("the command line that makes it ready, such as `npm install`"),
  start: shownText(1_000).optional().describe("the command line that starts its server"),
});
export type Template = z.infer<typeof Template>;

/** `template.json` at a template's root: what it says of itself. */
export const TemplateManifest = Template.omit({ id: true, source: true });
export type TemplateManifest = z.infer<typeof TemplateManifest>;

/** One for a team's list, as it is asked for: whether its source is one is said by `TeamTemplate`. */
export const NewTeamTemplate = Template.extend({ source: GitSource });

/** One of a team's list. */
export const TeamTemplate = Template.extend({
  source: GitSource.superRefine(({ repository, ref, folder }, issue) => {
    const wrong = repositoryProblem(repository) ?? refProblem(ref) ?? folderProblem(folder);
    if (wrong !== undefined) issue.addIssue({ code: "custom", message: wrong });
  }),
});
export type TeamTemplate = z.infer<typeof TeamTemplate>;

/** One of the list that people choose from. Where both have an id, the team's takes the place of the built-in one. */
export const ListedTemplate = Template.extend({ origin: z.enum(["built-in", "team"]) });
export type ListedTemplate = z.infer<typeof ListedTemplate>;

/** A prompt that begins with a template. Its folder is the prompt's `folder`, which is new or empty. */
export const BuildWish = z.looseObject({
  template: TemplateSource,
  name: Name.describe("the template's name, for people"),
  variables: z
    .record(TemplateId, z.string().max(200))
    .refine((values) => Object.keys(values).length <= maxTemplateVariables, `at most ${maxTemplateVariables} variables`)
    .default({}),
  setUp: shownText(1_000).optional().describe("run in the folder before the agent starts"),
  start: z.boolean().default(false).describe("start the project's server when the agent is done"),
});
export type BuildWish = z.infer<typeof BuildWish>;
