import { maxShownPromptLength } from "#extension/caps";
import { accessNames } from "#extension/prompts/access-names";
import { plainLine, plainText } from "#protocol/plain-text";
import { buildLines } from "#runner/core/build-question";
import type { PromptQuestion } from "#runner/core/host";

/** Somebody else's words on one line of a notification. What does not fit has to be looked at before it may run. */
export function describe(question: PromptQuestion): string {
  const text = [...buildLines(question.prompt), plainLine(question.prompt.body.text).trim()].join(" ");
  const shown = isShortened(question) ? `${text.slice(0, maxShownPromptLength)}…` : text;
  return `${headline(question)}: ${shown}`;
}

/** Who asks for what. */
export const headline = ({ prompt, author, agent, folder }: PromptQuestion) =>
  plainLine(
    `${author.name} asks ${agent?.name ?? prompt.agent} (${prompt.mode}, ${accessNames[prompt.access]}) in ${folder}`,
  );

/** Whether not all of it fits into a notification. */
export const isShortened = ({ prompt }: PromptQuestion) =>
  [...buildLines(prompt), prompt.body.text].join(" ").length > maxShownPromptLength || variables({ prompt }).length > 0;

/** All of it, what happens before the agent works first. */
export const details = ({ prompt }: PromptQuestion): string =>
  plainText([...buildLines(prompt), prompt.body.text, ...variables({ prompt })].join("\n"));

/** What comes with the text. */
const variables = ({ prompt }: Pick<PromptQuestion, "prompt">): string[] => [
  ...Object.entries(prompt.body.env ?? {}).map(([name, value]) => `${name}=${value}`),
  ...(prompt.body.attachments ?? []).map(({ name }) => `with the picture ${name}`),
];

/** What an editor of the prompt's text alone does not show. */
export const unseenLines = (question: PromptQuestion): string[] => [
  ...(isShortened(question) ? buildLines(question.prompt) : []),
  ...variables(question),
];
