import type { Prompt, Run } from "#protocol/documents";
import type { OutboxPrompt } from "#sdk/outbox";
import type { TeamState } from "#sdk/team-store";
import { dayName, dayOf } from "./format";
import type { HistoryState } from "./history";
import { promptPath, runPath } from "./router";

/** One line of the list. */
export type ListRow =
  | {
      readonly kind: "section";
      readonly key: string;
      readonly title: string;
      readonly count?: number;
      readonly hot?: boolean;
    }
  | { readonly kind: "run"; readonly key: string; readonly path: string; readonly run: Run }
  | {
      readonly kind: "prompt";
      readonly key: string;
      readonly path: string;
      readonly prompt: Prompt;
      readonly place: number;
    }
  | { readonly kind: "outbox"; readonly key: string; readonly item: OutboxPrompt };

export interface ListInput {
  readonly team: TeamState;
  readonly outbox: readonly OutboxPrompt[];
  readonly history: HistoryState;
  readonly now: number;
}

/** The run list as rows: what needs a person first, then what works, what waits, and what is over by its day. */
export function listRows({ team, outbox, history, now }: ListInput): ListRow[] {
  const matches = matcher(history);
  const runs = [...team.runs.values()].filter(matches.run);
  const prompts = [...team.prompts.values()].filter(matches.prompt);
  const open = runs.filter((run) => run.status !== "ended").sort((a, b) => b.createdAt - a.createdAt);
  const unknown = prompts.filter((prompt) => prompt.state === "unknown");
  const waiting = prompts.filter((prompt) => waitingStates.has(prompt.state)).sort(byPosition);
  return [
    ...section("needs-you", "Needs you", true, [
      ...open.filter((run) => run.status === "needs-you").map(runRow),
      ...unknown.map((prompt) => promptRow(prompt, 0)),
      ...outbox.filter(needsAnswer).map(outboxRow),
    ]),
    ...section("running", "Running", false, open.filter((run) => run.status !== "needs-you").map(runRow)),
    ...section("queued", "Queued", false, [
      ...waiting.map((prompt, index) => promptRow(prompt, index + 1)),
      ...outbox.filter((item) => !needsAnswer(item)).map(outboxRow),
    ]),
    ...doneRows(runs, prompts, history, now),
  ];
}

/** How many things wait for a person. */
export function needsYouCount(team: TeamState, outbox: readonly OutboxPrompt[]): number {
  let count = outbox.filter(needsAnswer).length;
  for (const run of team.runs.values()) if (run.status === "needs-you") count++;
  for (const prompt of team.prompts.values()) if (prompt.state === "unknown") count++;
  return count;
}

/** Queued prompts in the order in which they will be taken. */
export const queueOf = (team: TeamState): Prompt[] =>
  [...team.prompts.values()].filter((prompt) => prompt.state === "queued").sort(byPosition);

const needsAnswer = (item: OutboxPrompt) => item.state === "refused" || item.state === "old";
const waitingStates = new Set<Prompt["state"]>(["queued", "waiting", "claimed"]);
/** Ended prompts that never had a run; the others are shown by their run. */
const overStates = new Set<Prompt["state"]>(["failed", "cancelled", "declined", "expired", "lost"]);
export const byPosition = (a: Prompt, b: Prompt) => a.position - b.position;

const runRow = (run: Run): ListRow => ({ kind: "run", key: run.id, path: runPath(run.id), run });
const promptRow = (prompt: Prompt, place: number): ListRow => ({
  kind: "prompt",
  key: prompt.id,
  path: promptPath(prompt.id),
  prompt,
  place,
});
const outboxRow = (item: OutboxPrompt): ListRow => ({ kind: "outbox", key: item.key, item });

function section(key: string, title: string, hot: boolean, rows: ListRow[]): ListRow[] {
  return rows.length === 0 ? [] : [{ kind: "section", key, title, count: rows.length, hot }, ...rows];
}

function doneRows(runs: Run[], prompts: Prompt[], history: HistoryState, now: number): ListRow[] {
  const over: { at: number; row: ListRow }[] = [];
  for (const run of runs) {
    if (run.status === "ended") over.push({ at: run.endedAt ?? run.createdAt, row: runRow(run) });
  }
  for (const prompt of prompts) {
    if (!overStates.has(prompt.state) || prompt.runId) continue;
    over.push({ at: prompt.endedAt ?? prompt.createdAt, row: promptRow(prompt, 0) });
  }
  over.sort((a, b) => b.at - a.at);
  const rows: ListRow[] = [];
  let day = Number.NaN;
  let rowsOfDay: ListRow[] = [];
  const close = (isLast: boolean) => {
    if (rowsOfDay.length === 0) return;
    const complete = !isLast || history.next === undefined;
    rows.push({
      kind: "section",
      key: `day-${day}`,
      title: dayName(day, now),
      ...(complete && { count: rowsOfDay.length }),
    });
    rows.push(...rowsOfDay);
    rowsOfDay = [];
  };
  for (const { at, row } of over) {
    const rowDay = dayOf(at);
    if (rowDay !== day) {
      close(false);
      day = rowDay;
    }
    rowsOfDay.push(row);
  }
  close(true);
  return rows;
}

/** Without a search everything; with one what the relay found, and open work that holds the words. */
function matcher({ search, found }: HistoryState): { run: (run: Run) => boolean; prompt: (prompt: Prompt) => boolean } {
  const words = search.toLowerCase();
  if (words === "") return { run: () => true, prompt: () => true };
  const ids = new Set<string>(found ?? []);
  const has = (text: string | undefined) => text?.toLowerCase().includes(words) === true;
  return {
    run: (run) => ids.has(run.id) || has(run.body.title) || has(run.body.prompt) || has(run.agent),
    prompt: (prompt) => ids.has(prompt.id) || has(prompt.body.text) || has(prompt.agent),
  };
}
