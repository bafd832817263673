import type { Run, ShownStep } from "#protocol/documents";
import { errorText } from "#protocol/errors";

/** A step as people read it. */
export interface RunStep {
  readonly key: string;
  readonly label: string;
  readonly state: ShownStep["state"];
  /** What came of it, or what it is at. */
  readonly detail?: string;
  /** How long it took; absent while it goes on. */
  readonly tookMs?: number;
  readonly startedAt: number;
}

type Params = ShownStep["params"];

/** Labels, and what is worth saying of each. */
const words: Readonly<Record<ShownStep["step"], { label: string; detail?: (params: Params) => string | undefined }>> = {
  scaffold: { label: "Template", detail: ({ files }) => count(files, "file") },
  "set-up": { label: "Set-up", detail: ({ command }) => text(command) },
  agent: { label: "Agent", detail: ({ how }) => text(how) },
  plan: { label: "Plan", detail: ({ done, total, now }) => text(now) ?? `${done} of ${total}` },
  files: { label: "Files", detail: ({ written }) => count(written, "file") },
  server: {
    label: "Server",
    detail: ({ port, isSilent }) => {
      if (isSilent === true) return "no port has opened yet; see what it prints";
      return port === undefined ? undefined : `port ${port}`;
    },
  },
  restart: { label: "Restart", detail: ({ how }) => text(how) },
  preview: { label: "Preview" },
};

/**
 * How far a run is, with the server that goes on with it, in the order in which the steps began.
 * @param others runs that may be of the same thread
 */
export function runSteps(run: Run, others: Iterable<Run>): RunStep[] {
  const servers = [...others].filter(
    ({ id, threadId, createdAt, server }) =>
      server !== undefined && id !== run.id && threadId === run.threadId && createdAt >= run.createdAt,
  );
  const of = ({ id, steps = [] }: Run) => steps.map((step) => ({ ...step, runId: id }));
  const steps = [run, ...(run.build ? servers.slice(0, 1) : [])].flatMap(of);
  return steps
    .sort((a, b) => a.startedAt - b.startedAt)
    .map(({ step, state, params, startedAt, endedAt, runId }) => {
      const { label, detail } = words[step];
      const said = detail?.(params);
      return {
        ...{ key: `${runId} ${step}`, label, state, startedAt },
        ...(said !== undefined && { detail: said }),
        ...(endedAt !== undefined && { tookMs: endedAt - startedAt }),
      };
    });
}

/** Why a step went wrong, where that is known, and what it left behind, as a sentence; undefined where all went well. */
export function leftBehind({ steps = [] }: Run): string | undefined {
  const broken = steps.find(({ state }) => state === "failed" || state === "cancelled");
  const left = text(broken?.params.left);
  if (!broken || left === undefined) return undefined;
  const what = `${words[broken.step].label} ${broken.state === "failed" ? "failed" : "was cancelled"}`;
  if (broken.state === "failed" && broken.error) return `${what}. ${errorText(broken.error)}`;
  return left === "nothing" ? `${what}. Nothing was left behind.` : `${what}: ${left}.`;
}

const text = (value: Params[string] | undefined): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
const count = (value: Params[string] | undefined, what: string): string | undefined =>
  typeof value === "number" ? `${value} ${what}${value === 1 ? "" : "s"}` : undefined;
