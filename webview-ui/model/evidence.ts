import type { Run } from "#protocol/documents";
import type { EvidenceSummary } from "#protocol/evidence";
import { plural } from "./format";

type Both = NonNullable<Run["evidence"]>;

/** What an editor found before and after a run, in one line: “3 errors → 0, 4 files, +120 −31, tests passed”. */
export function evidenceLine({ start, end }: Both): string | undefined {
  if (!end) return undefined;
  const parts = [
    counted("error", start?.errors, end.errors),
    start?.warnings === end.warnings ? undefined : counted("warning", start?.warnings, end.warnings),
    changes(end),
    outcome("test", end.testsPassed, end.testsFailed),
    outcome("task", end.tasksPassed, end.tasksFailed),
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  return end.lateMs === undefined ? parts.join(", ") : `${parts.join(", ")} (seen ${later(end.lateMs)})`;
}

/** The same in full, as names and texts. */
export function evidenceFacts({ start, end }: Both): (readonly [string, string])[] {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Errors", arrow(start?.errors, end?.errors)],
    ["Warnings", arrow(start?.warnings, end?.warnings)],
    ["Branch", arrow(start?.branch, end?.branch)],
    ["Commit", arrow(start?.commit?.slice(0, 10), end?.commit?.slice(0, 10))],
    ["Not committed before", start && changes(start)],
    ["Changed by the run", end && changes(end)],
    ["Tests", end && passes(end.testsPassed, end.testsFailed)],
    ["Other tasks", end && passes(end.tasksPassed, end.tasksFailed)],
    ["Seen", end?.lateMs === undefined ? undefined : `${later(end.lateMs)}, when the editor was back`],
  ];
  return rows.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
}

const later = (lateMs: number) => `${plural(Math.max(1, Math.round(lateMs / 1000)), "second")} after its end`;

function counted(what: string, before: number | undefined, after: number | undefined): string | undefined {
  if (after === undefined) return undefined;
  if (before === undefined || before === after) return after === 0 ? `no ${what}s` : plural(after, what);
  return `${plural(before, what)} → ${after}`;
}

function arrow<T extends string | number>(before: T | undefined, after: T | undefined): string | undefined {
  if (before === undefined && after === undefined) return undefined;
  return before === undefined || after === undefined || before === after
    ? String(before ?? after)
    : `${before} → ${after}`;
}

function changes({ changedFiles, addedLines = 0, removedLines = 0 }: EvidenceSummary): string | undefined {
  if (changedFiles === undefined) return undefined;
  return changedFiles === 0 ? "no files changed" : `${plural(changedFiles, "file")}, +${addedLines} −${removedLines}`;
}

function outcome(what: string, passed = 0, failed = 0): string | undefined {
  if (failed === 0) return passed > 0 ? `${what}s passed` : undefined;
  return passed + failed === 1 ? `${what} failed` : `${failed} of ${passed + failed} ${what}s failed`;
}

const passes = (passed = 0, failed = 0) => (passed + failed > 0 ? `${passed} passed, ${failed} failed` : undefined);
