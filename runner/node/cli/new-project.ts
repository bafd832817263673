import { relative, resolve } from "node:path";
import { type ListedTemplate, type Template, TemplateId, type TemplateSource } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { plainLine, plainText } from "#protocol/plain-text";
import { failureLine } from "#runner/node/cli/failure";
import { interrupted } from "#runner/node/cli/interrupted";
import type { NewFlags, TemplateFlags } from "#runner/node/cli/template-commands";
import { ownEnvironment } from "#runner/node/environment";
import { findExecutable } from "#runner/node/find-executable";
import { nodeFetch } from "#runner/node/http-fetch";
import { reaching } from "#runner/node/reaching";
import {
  builtInTemplates,
  descriptionOf,
  openTemplate,
  type Placed,
  placeOpened,
  planOpened,
  progressText,
  type TemplateDescription,
  type TemplateProgress,
} from "#runner/node/templates/templates";
import { createClient } from "#sdk/client";

/** Where this program lies, and the templates with it. */
const built = import.meta.dirname;

/** `baton templates` */
export async function listTemplates(flags: TemplateFlags): Promise<void> {
  const templates = await knownTemplates(flags);
  const width = Math.max(...templates.map(({ id }) => id.length));
  for (const template of templates) {
    const line = `${template.id.padEnd(width)}  ${template.name}: ${template.description}`;
    process.stdout.write(`${flags.json ? JSON.stringify(template) : plainLine(line)}\n`);
  }
}

/** `baton new TEMPLATE FOLDER` */
export async function newProject(
  template: string,
  folder: string,
  flags: NewFlags,
  wrongUse: (text: string) => never,
): Promise<void> {
  const target = resolve(folder);
  const variables = Object.fromEntries(
    (flags.set ?? []).map((one) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(one) ?? wrongUse(`--set ${one}: expected name=value`);
      return [name ?? "", value ?? ""];
    }),
  );
  const source = await sourceOf(template, flags, wrongUse);
  const environment = ownEnvironment();
  const git = findExecutable("git", environment);
  let lastStep = "";
  const surroundings = {
    ...{ built, environment, git, target, variables, signal: interrupted() },
    progress(progress: TemplateProgress) {
      if (progress.step !== lastStep && !flags.json) process.stderr.write(`${plainLine(progressText(progress))}\n`);
      lastStep = progress.step;
    },
  };
  const opened = await openTemplate(source, surroundings);
  const known = opened.manifest.variables.map(({ id }) => id);
  const unknown = Object.keys(variables).find((name) => !known.includes(name));
  if (unknown !== undefined) wrongUse(`--set: the template has no variable “${unknown}”; ${namesOf(known)}`);
  const { changes } = await planOpened(opened, surroundings);
  try {
    const placed = await placeOpened(opened, { ...surroundings, ...(flags.over && { over: changes }) });
    say(placed, descriptionOf(opened), flags.json);
  } catch (error) {
    if (error instanceof BatonError && error.code === "template_over_files" && !flags.json) {
      for (const path of changes) process.stderr.write(`  would change ${plainLine(path)}\n`);
      process.stderr.write(
        changes.length > 0
          ? "With --over these are replaced, and what else is there stays.\n"
          : "With --over the template is placed beside what is there.\n",
      );
    }
    throw error;
  }
}

/** A word is the id of a template, and everything else an address. */
async function sourceOf(template: string, flags: NewFlags, wrongUse: (text: string) => never): Promise<TemplateSource> {
  const { ref, path: folder } = flags;
  if (!TemplateId.safeParse(template).success) {
    return {
      kind: "git",
      repository: template,
      ...(ref !== undefined && { ref }),
      ...(folder !== undefined && { folder }),
    };
  }
  if (ref !== undefined || folder !== undefined) wrongUse("--ref and --path are of a repository");
  const known = (await knownTemplates(flags)).find(({ id }) => id === template);
  if (!known) throw new BatonError("template_unknown", { id: template });
  return known.source;
}

/** The built-in ones; with those of the team where a relay and a token are given. */
async function knownTemplates({ relay, token }: TemplateFlags): Promise<Template[]> {
  const builtIn = await builtInTemplates(built);
  if (relay === undefined || token === undefined) return builtIn;
  let templates: readonly ListedTemplate[] = [];
  try {
    const client = createClient({ baseUrl: relay, token, fetch: nodeFetch });
    ({ templates } = await reaching(relay, client.call("listTemplates")));
  } catch (error) {
    // Those that come with Baton need no relay.
    process.stderr.write(`baton: the team's templates are missing: ${failureLine(error)}\n`);
  }
  // The built-in ones of the relay are of its version, and what is placed are this one's.
  const team = templates.filter(({ origin }) => origin === "team");
  return [...builtIn.filter(({ id }) => team.every((one) => one.id !== id)), ...team];
}

function say({ folder, creates, changes, repository }: Placed, template: TemplateDescription, isJson: boolean): void {
  const { name, setUp, start, commit, leftOut } = template;
  if (isJson) {
    const facts = { event: "placed", folder, name, creates, changes, repository, commit, setUp, start, leftOut };
    process.stdout.write(`${JSON.stringify(facts)}\n`);
    return;
  }
  const files = creates.length + changes.length;
  const lines = [
    `${name} is in ${folder} (${files === 1 ? "1 file" : `${files} files`}). ${outcomes[repository.kind]}`,
  ];
  if (repository.kind === "failed") lines.push(`Git says: ${repository.reason}`);
  if (leftOut.length > 0) lines.push(`Left out, because they are repositories of their own: ${leftOut.join(", ")}`);
  const steps = [
    relative(process.cwd(), folder) === "" ? undefined : `cd ${quoted(relative(process.cwd(), folder))}`,
    setUp,
    start,
  ];
  const shown = steps.filter((step) => step !== undefined);
  if (shown.length > 0) lines.push("", "Next:", ...shown.map((step) => `  ${step}`));
  process.stdout.write(`${plainText(lines.join("\n"))}\n`);
}

const outcomes: Readonly<Record<Placed["repository"]["kind"], string>> = {
  begun: "It is a Git repository with one commit.",
  kept: "Its Git repository is left as it was.",
  "left-to-you": "No Git repository was begun, because other files are there.",
  "no-git": "Git is not installed here, so it is no repository.",
  failed: "No Git repository could be begun.",
};

const quoted = (path: string): string => (/^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);
const namesOf = (names: readonly string[]): string => (names.length > 0 ? `it has ${names.join(", ")}` : "it has none");
