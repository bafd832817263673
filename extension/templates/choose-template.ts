import { ProgressLocation, type QuickPickItem, window } from "vscode";
import { withoutIcons } from "#extension/notification-text";
import { say } from "#extension/notify";
import { gitAddressProblem, gitSourceOf } from "#extension/templates/git-address";
import type { TemplateShelf } from "#extension/templates/template-shelf";
import type { TemplateSource } from "#protocol/documents";
import { plainLine } from "#protocol/plain-text";
import {
  type OpenedTemplate,
  openTemplate,
  progressText,
  type TemplateProgress,
  type TemplateSurroundings,
} from "#runner/node/templates/templates";

/** A template that was fetched, and where it comes from. */
export interface ChosenTemplate {
  readonly source: TemplateSource;
  readonly opened: OpenedTemplate;
}

/** Where templates are found, as far as it does not change from one to the next. */
export type Surroundings = Pick<TemplateSurroundings, "built" | "environment">;

/**
 * Asks for a template, and fetches it.
 * @param given the row that it was asked for at
 * @returns undefined when the person gave up @throws BatonError what `openTemplate` throws
 */
export async function chooseTemplate(
  title: string,
  given: unknown,
  shelf: TemplateShelf,
  surroundings: Surroundings,
): Promise<ChosenTemplate | undefined> {
  const source = givenSource(given) ?? (await askForSource(title, shelf));
  const known = source === "git" ? await askForAddress() : source;
  if (!known) return undefined;
  const opened = await withCancel("Opening the template", (signal, progress) =>
    openTemplate(known, { ...surroundings, signal, progress }),
  );
  return opened && { source: known, opened };
}

/** Work that a person can watch and cancel. @returns undefined where they did */
export async function withCancel<T>(
  title: string,
  work: (signal: AbortSignal, progress: (progress: TemplateProgress) => void) => Promise<T>,
): Promise<T | undefined> {
  const options = { location: ProgressLocation.Notification, title: plainLine(`Baton: ${title}`), cancellable: true };
  return window.withProgress(options, async (shown, token) => {
    const stop = new AbortController();
    const listening = token.onCancellationRequested(() => stop.abort());
    try {
      return await work(stop.signal, (progress) => shown.report({ message: withoutIcons(progressText(progress)) }));
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      say("placing the template was cancelled; what was there is as it was");
      return undefined;
    } finally {
      listening.dispose();
    }
  });
}

/** What a row of the view stands for. */
function givenSource(given: unknown): TemplateSource | "git" | undefined {
  const node = (given as { node?: { template?: { source?: TemplateSource }; from?: unknown } } | undefined)?.node;
  return node?.from === "git" ? "git" : node?.template?.source;
}

async function askForSource(title: string, shelf: TemplateShelf): Promise<TemplateSource | "git" | undefined> {
  const rows = (await shelf.look()).map((template): QuickPickItem & { source: TemplateSource | "git" } => ({
    label: `$(${template.icon}) ${withoutIcons(template.name)}`,
    description: template.origin === "team" ? "of your team" : "",
    detail: withoutIcons(template.description),
    source: template.source,
  }));
  const git = { label: "$(git-branch) From Git…", detail: "The address of a repository.", source: "git" as const };
  return (await window.showQuickPick([...rows, git], { title, matchOnDetail: true }))?.source;
}

async function askForAddress(): Promise<TemplateSource | undefined> {
  const typed = await window.showInputBox({
    title: "Template from Git",
    prompt: "The repository's address. Behind # a branch, a tag or a commit; behind : a folder in it.",
    placeHolder: "owner/name, owner/name#main:folder, https://…, ssh://…",
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === "" ? undefined : gitAddressProblem(text)),
  });
  return typed?.trim() ? gitSourceOf(typed) : undefined;
}
