import { ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState, Uri } from "vscode";
import { commandIds } from "#extension/commands/ids";
import type { Disposable } from "#extension/disposables";
import { isLocalRun, isOpenRun, needYou } from "#extension/overview";
import { describe } from "#extension/prompts/question-text";
import type { Questions } from "#extension/prompts/questions";
import type { QueuedPrompt } from "#extension/team/queued-prompts";
import { createRowTree } from "#extension/views/row-tree";
import { iconOf, lookOf } from "#extension/views/run-icon";
import { plainText, promptTitle } from "#protocol/plain-text";
import type { RunView } from "#runner/core/status";
import { titleOf } from "#runner/core/title";

/** The view *Runs*: what needs a person, what runs, what waits, what has ended while this window was open. */
export interface RunsView extends Disposable {
  refresh(): void;
}

type PromptQuestion = ReturnType<Questions["open"]>[number];
type Node =
  | { readonly kind: "group"; readonly label: string; readonly children: readonly Node[] }
  | { readonly kind: "run"; readonly run: RunView }
  | { readonly kind: "question"; readonly question: PromptQuestion }
  | ({ readonly kind: "prompt" } & QueuedPrompt);

/** @param queued what waits for a runner of this window, as the relay has it */
export function createRunsView(
  runs: () => readonly RunView[],
  questions: Questions,
  queued: () => readonly QueuedPrompt[],
): RunsView {
  const tree = createRowTree<Node>("baton.runs", {
    nodes: () => groups(runs(), questions, queued()),
    childrenOf: (node) => (node.kind === "group" ? node.children : []),
    itemOf,
  });
  return {
    refresh() {
      tree.refresh();
      const waiting = questions.open().length + runs().filter((run) => run.status === "needs-you").length;
      tree.view.badge = waiting > 0 ? { value: waiting, tooltip: needYou(waiting) } : undefined;
    },
    dispose: () => tree.dispose(),
  };
}

/** Groups with something in them, what needs a person first. */
function groups(runs: readonly RunView[], questions: Questions, queued: readonly QueuedPrompt[]): Node[] {
  const of = (wanted: (run: RunView) => boolean): Node[] =>
    runs.filter(wanted).map((run) => ({ kind: "run" as const, run }));
  const rows: [string, Node[]][] = [
    [
      "Needs you",
      [
        ...questions.open().map((question) => ({ kind: "question" as const, question })),
        ...of((run) => run.status === "needs-you"),
      ],
    ],
    ["Running", of((run) => isOpenRun(run) && run.status !== "needs-you")],
    ["Queued", queued.map((prompt) => ({ kind: "prompt" as const, ...prompt }))],
    ["Done", of((run) => !isOpenRun(run))],
  ];
  return rows.flatMap(([label, children]) =>
    children.length > 0 ? [{ kind: "group" as const, label, children }] : [],
  );
}

function itemOf(node: Node): TreeItem {
  if (node.kind === "group") {
    const item = new TreeItem(node.label, TreeItemCollapsibleState.Expanded);
    item.id = node.label;
    item.description = String(node.children.length);
    return item;
  }
  if (node.kind === "prompt") return promptItem(node);
  return node.kind === "run" ? runItem(node.run) : questionItem(node.question);
}

function runItem(run: RunView): TreeItem {
  const { header } = run.run;
  const look = lookOf(run);
  const item = new TreeItem(header.body.title);
  item.id = run.runId;
  const visibility = isLocalRun(run) && "only here";
  item.description = [header.agent, visibility, isOpenRun(run) ? run.lease.holder?.name : (look.short ?? look.label)]
    .filter(Boolean)
    .join(" · ");
  item.tooltip = `${header.body.title}\n${header.body.command}\n${header.body.cwd}\n${look.label}`;
  item.iconPath = iconOf(look);
  item.contextValue = `${isOpenRun(run) ? "run.open" : "run.ended"}${isLocalRun(run) ? ".local" : header.body.prompt ? ".prompt" : ""}`;
  item.command = { command: commandIds.showRun, title: "Show Run in Terminal", arguments: [run.runId] };
  return item;
}

function promptItem({ relay, prompt, author }: QueuedPrompt): TreeItem {
  const item = new TreeItem(titleOf(promptTitle(prompt.body.text)));
  item.id = prompt.id;
  item.description = [prompt.agent, author && `by ${author}`].filter(Boolean).join(" · ");
  item.tooltip = plainText(prompt.body.text);
  item.iconPath = new ThemeIcon("circle-large-outline");
  item.contextValue = "prompt";
  const address = Uri.parse(`${relay}/prompts/${prompt.id}`);
  item.command = { command: "vscode.open", title: "Open on the Dashboard", arguments: [address] };
  return item;
}

function questionItem(question: PromptQuestion): TreeItem {
  const item = new TreeItem(titleOf(promptTitle(question.prompt.body.text)));
  item.id = question.prompt.id;
  item.description = `${question.author.name} asks`;
  item.tooltip = describe(question);
  item.iconPath = new ThemeIcon("question", new ThemeColor("list.warningForeground"));
  item.contextValue = "question";
  item.command = { command: commandIds.answer, title: "Answer Prompt…", arguments: [question.prompt.id] };
  return item;
}
