import {
  commands,
  type Diagnostic,
  DiagnosticSeverity,
  env,
  languages,
  type QuickPickItem,
  type TextEditor,
  type Uri,
  window,
  workspace,
} from "vscode";
import { maxAttachedProblems, maxAttachmentLength } from "#extension/caps";

/** Something of the editor that can stand in a prompt. */
export interface Attachment {
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  /** @returns its text, or undefined where it turns out to be empty */
  text(): Promise<string | undefined>;
}

/** What the editor has to attach now: the selection, the file, its problems, and what is selected in the terminal. */
function attachmentsNow(): Attachment[] {
  const editor = window.activeTextEditor;
  const problems = languages.getDiagnostics().filter(([uri, all]) => uri.scheme === "file" && all.some(isProblem));
  const count = problems.reduce((sum, [, all]) => sum + all.filter(isProblem).length, 0);
  return [
    ...(editor && !editor.selection.isEmpty ? [selectionOf(editor)] : []),
    ...(editor ? [fileOf(editor)] : []),
    ...(count > 0
      ? [
          {
            label: "Problems",
            description: count === 1 ? "one error or warning" : `${count} errors and warnings`,
            icon: "warning",
            text: async () => problemsText(problems),
          },
        ]
      : []),
    ...(window.activeTerminal
      ? [
          {
            label: "Terminal selection",
            description: window.activeTerminal.name,
            icon: "terminal",
            text: terminalSelection,
          },
        ]
      : []),
  ];
}

/**
 * Lets a person choose what to attach.
 * @returns the texts, one after another; empty where nothing was chosen; undefined when the person gave up
 */
export async function pickAttachments(): Promise<string | undefined> {
  const all = attachmentsNow();
  if (all.length === 0) return "";
  const items = all.map((attachment) => ({
    label: `$(${attachment.icon}) ${attachment.label}`,
    description: attachment.description,
    picked: attachment.label === "Selection",
    attachment,
  })) satisfies (QuickPickItem & { attachment: Attachment })[];
  const chosen = await window.showQuickPick(items, {
    title: "Attach to the prompt",
    placeHolder: "Nothing chosen: the prompt goes as it was written",
    canPickMany: true,
    matchOnDescription: true,
  });
  if (!chosen) return undefined;
  const texts: string[] = [];
  for (const { attachment } of chosen) {
    const text = await attachment.text();
    if (text) texts.push(shortened(text));
  }
  return texts.join("\n\n");
}

/** The prompt as it is sent: the person's words first. */
export const withAttachments = (text: string, attached: string): string =>
  attached === "" ? text : `${text}\n\n${attached}`;

function selectionOf({ document, selection }: TextEditor): Attachment {
  const from = selection.start.line + 1;
  // A selection that ends before the first character of a line has nothing of that line.
  const to = Math.max(from, selection.end.character === 0 ? selection.end.line : selection.end.line + 1);
  const lines = from === to ? `line ${from}` : `lines ${from}–${to}`;
  const text = document.getText(selection);
  return {
    label: "Selection",
    description: `${pathOf(document.uri)}, ${lines}`,
    icon: "list-selection",
    text: async () => `${pathOf(document.uri)}, ${lines}:\n${fenced(text, document.languageId)}`,
  };
}

/** A file on disk is named, because the agent reads it there; what is not, or not as it is shown, is quoted. */
function fileOf({ document }: TextEditor): Attachment {
  const path = pathOf(document.uri);
  const isOnDisk = document.uri.scheme === "file" && !document.isDirty;
  return {
    label: "Current file",
    description: isOnDisk ? path : `${path}, with what is not saved`,
    icon: "file",
    text: async () =>
      isOnDisk ? `File: ${path}` : `${path}, not saved:\n${fenced(document.getText(), document.languageId)}`,
  };
}

function problemsText(problems: readonly [Uri, readonly Diagnostic[]][]): string {
  const lines = problems.flatMap(([uri, all]) => all.filter(isProblem).map((problem) => problemLine(uri, problem)));
  const more = lines.length - maxAttachedProblems;
  return ["Problems:", ...lines.slice(0, maxAttachedProblems), ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

const isProblem = ({ severity }: Diagnostic): boolean => severity <= DiagnosticSeverity.Warning;

function problemLine(uri: Uri, { range, severity, message, source }: Diagnostic): string {
  const kind = severity === DiagnosticSeverity.Error ? "error" : "warning";
  const [line = ""] = message.split("\n", 1);
  return `${pathOf(uri)}:${range.start.line + 1}:${range.start.character + 1} ${kind}: ${line}${source ? ` (${source})` : ""}`;
}

/** By way of the clipboard, whose text is put back: the editor gives a terminal's selection to nobody directly. */
async function terminalSelection(): Promise<string | undefined> {
  const before = await env.clipboard.readText();
  await env.clipboard.writeText("");
  try {
    await commands.executeCommand("workbench.action.terminal.copySelection");
    const text = await env.clipboard.readText();
    return text.trim() === "" ? undefined : `From the terminal:\n${fenced(text, "")}`;
  } finally {
    await env.clipboard.writeText(before);
  }
}

const pathOf = (uri: Uri): string => (uri.scheme === "file" ? workspace.asRelativePath(uri) : uri.path);

const shortened = (text: string): string =>
  text.length > maxAttachmentLength ? `${text.slice(0, maxAttachmentLength)}\n… (shortened)` : text;

/** Longer than any fence inside of the text, so that the text cannot end it. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([fence]) => fence.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n$/, "")}\n${fence}`;
}
