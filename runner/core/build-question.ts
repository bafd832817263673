import type { Prompt, TemplateSource } from "#protocol/documents";
import { plainLine } from "#protocol/plain-text";

/**
 * What a prompt does before its agent works, for whoever decides about it; nothing where it does not begin with a
 * template. The template's name is the asker's word, so what it comes from stands beside it.
 */
export function buildLines({ body }: Pick<Prompt, "body">): string[] {
  const { build, folder } = body;
  if (!build) return serverLines(body);
  const where = folder ? `the folder “${plainLine(folder)}”` : "the runner's own folder";
  return [
    `Begins ${where} with the template “${plainLine(build.name)}” (${sourceText(build.template)}).`,
    ...(build.template.kind === "git" ? ["Git fetches it with what you have signed in with."] : []),
    ...(build.setUp === undefined ? [] : [`First runs “${plainLine(build.setUp)}” there.`]),
    ...(build.start ? ["Starts its server when the agent is done."] : []),
  ];
}

/** What a dev server is to do besides its command line. */
const serverLines = ({ server }: Prompt["body"]): string[] => [
  ...(server?.replaces === undefined ? [] : ["First ends the server that it replaces."]),
  ...(server?.port === undefined ? [] : [`Has it listen at port ${server.port}.`]),
  ...(server?.restarts ? ["Starts it again when it ends with an error."] : []),
];

/** Where a template comes from, on one line. */
export function sourceText(source: TemplateSource): string {
  if (source.kind === "built-in") return `built in: ${source.id}`;
  const { repository, ref, folder } = source;
  const below = [ref && `at ${ref}`, folder && `its folder ${folder}`].filter(Boolean).join(", ");
  return plainLine(`from ${repository}${below && `, ${below}`}`);
}
