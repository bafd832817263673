import * as z from "zod";
import {
  maxBranchLength,
  maxEvidenceFiles,
  maxEvidenceJsonBytes,
  maxEvidenceTasks,
  maxPathLength,
} from "#protocol/caps";
import { jsonBytes } from "#protocol/documents/fields";

const Count = z.int().min(0).max(1_000_000_000);
const Path = z.string().max(maxPathLength).describe("relative to the folder, with /");
const Branch = z.string().max(maxBranchLength).optional().describe("absent: no branch is checked out");
const Commit = z
  .string()
  .regex(/^[0-9a-f]{7,64}$/, "expected the id of a commit")
  .optional();

/** One side of a run as an editor, or Git, sees it. Whatever could not be found out is absent. */
const evidence = z.looseObject({
  v: z.literal(1),
  at: z.enum(["start", "end"]),
  diagnostics: z
    .looseObject({
      errors: Count,
      warnings: Count,
      files: z.array(z.looseObject({ path: Path, errors: Count, warnings: Count })).max(maxEvidenceFiles),
    })
    .optional()
    .describe("what the editor knows to be wrong now; the files with most errors first"),
  git: z
    .looseObject({
      branch: Branch,
      commit: Commit,
      changedFiles: Count,
      addedLines: Count,
      removedLines: Count,
      files: z.array(z.looseObject({ path: Path, added: Count, removed: Count })).max(maxEvidenceFiles),
    })
    .optional()
    .describe("at the start: what was not committed; at the end: what has changed since the start"),
  lateMs: Count.optional().describe(
    "at the end: taken this long after the run's processes had ended, because nobody was there; absent: at once",
  ),
  tasks: z
    .array(
      z.looseObject({
        name: z.string().max(200),
        group: z.string().max(40).optional().describe("`test`, `build`, … as the editor groups its tasks"),
        exitCode: z.int().optional().describe("absent: it was ended"),
      }),
    )
    .max(maxEvidenceTasks)
    .optional()
    .describe("at the end: the editor's tasks that ended while the run was at work"),
});
export const Evidence = evidence.refine((one) => jsonBytes(one) <= maxEvidenceJsonBytes, {
  message: `at most ${maxEvidenceJsonBytes} bytes as JSON`,
});
export type Evidence = z.infer<typeof evidence>;

/** Evidence without its lists, as it stands in the document of a run. */
export const EvidenceSummary = z.looseObject({
  errors: Count.optional(),
  warnings: Count.optional(),
  branch: Branch,
  commit: Commit,
  changedFiles: Count.optional(),
  addedLines: Count.optional(),
  removedLines: Count.optional(),
  testsPassed: Count.optional().describe("tasks of the group `test` that ended with exit code 0 …"),
  testsFailed: Count.optional().describe("… and otherwise"),
  tasksPassed: Count.optional().describe("the other tasks"),
  tasksFailed: Count.optional(),
  lateMs: Count.optional().describe("taken this long after the end"),
});
export type EvidenceSummary = z.infer<typeof EvidenceSummary>;

export function summaryOf({ diagnostics, git, lateMs, tasks = [] }: Evidence): EvidenceSummary {
  const count = (isTest: boolean, isPassed: boolean) =>
    tasks.filter(({ group, exitCode }) => (group === "test") === isTest && (exitCode === 0) === isPassed).length;
  return {
    ...(diagnostics && { errors: diagnostics.errors, warnings: diagnostics.warnings }),
    ...(git && {
      ...(git.branch !== undefined && { branch: git.branch }),
      ...(git.commit !== undefined && { commit: git.commit }),
      changedFiles: git.changedFiles,
      addedLines: git.addedLines,
      removedLines: git.removedLines,
    }),
    ...(lateMs !== undefined && { lateMs }),
    ...(tasks.length > 0 && {
      testsPassed: count(true, true),
      testsFailed: count(true, false),
      tasksPassed: count(false, true),
      tasksFailed: count(false, false),
    }),
  };
}
