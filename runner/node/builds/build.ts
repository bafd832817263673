import { realpath } from "node:fs/promises";
import { relative, sep } from "node:path";
import type { Step } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { BuildSpec } from "#runner/node/builds/spec";
import { watchWrittenFiles } from "#runner/node/builds/written-files";
import type { Environment } from "#runner/node/environment";
import { isInside } from "#runner/node/folders";
import { detectProjects } from "#runner/node/projects/detect-projects";
import { thisMachine } from "#runner/node/projects/machine";
import { type ChildEnd, endedWell, howEnded, runChild } from "#runner/node/run-child";
import type { StepTeller } from "#runner/node/tell-step";
import { placeTemplate, progressText } from "#runner/node/templates/templates";

export interface BuildSurroundings {
  readonly steps: StepTeller;
  /** A line for the person who looks at the terminal. */
  print(line: string): void;
  /** Aborts when the build is cancelled. The programs of the terminal hear of that themselves. */
  readonly signal: AbortSignal;
  /** For the agent; what comes before it gets less. */
  readonly env: Environment;
  /** Where the agent's renderer tells its plan. */
  readonly stepFile: string | undefined;
  /** The folder of the built artifacts. */
  readonly built: string;
}

/** A step that went wrong, or was cancelled: the build ends, and says what it leaves. */
class StepFailed extends Error {
  constructor(readonly end: ChildEnd) {
    super("a step failed");
  }
}

/**
 * Places a template, makes it ready, and has the agent work there. Each step is told when it begins and when it ends.
 * @param agent the agent's command line
 * @returns how the last program ended that was started
 */
export async function build(spec: BuildSpec, agent: readonly string[], on: BuildSurroundings): Promise<ChildEnd> {
  try {
    const withoutKeys = { ...on, env: withoutNames(on.env, spec.agentOnly) };
    const folder = await scaffold(spec, withoutKeys);
    await setUp(spec, folder, withoutKeys);
    const end = await work(spec, folder, agent, on);
    await tellProjects(spec.root, folder, withoutKeys);
    return end;
  } catch (error) {
    if (error instanceof StepFailed) return error.end;
    throw error;
  }
}

const withoutNames = (env: Environment, names: readonly string[]): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));

/** @returns the real path of the project */
async function scaffold({ root, target, within, wish }: BuildSpec, on: BuildSurroundings): Promise<string> {
  const { steps, print, signal, built, env } = on;
  const params = { template: wish.name, folder: relative(root, target) };
  steps.step({ step: "scaffold", state: "started", params });
  print(`Placing ${wish.name} …`);
  try {
    const placed = await placeTemplate({
      ...{ source: wish.template, target, within, variables: wish.variables },
      ...{ built, environment: env, signal },
      progress: (progress) => print(progressText(progress)),
    });
    const files = placed.creates.length;
    steps.step({ step: "scaffold", state: "done", params: { ...params, files } });
    return await realpath(placed.folder);
  } catch (error) {
    const reason = error instanceof BatonError ? error : new BatonError("internal", { requestId: String(error) });
    const state = signal.aborted ? "cancelled" : "failed";
    steps.step({ step: "scaffold", state, params: { ...params, left: "nothing" }, error: reason.toJSON() });
    print(reason.message);
    throw new StepFailed(signal.aborted ? cancelledEnd : { code: 1, signal: null });
  }
}

async function setUp({ wish, shell }: BuildSpec, folder: string, on: BuildSurroundings): Promise<void> {
  const { setUp: line } = wish;
  if (line === undefined) return;
  const params = { command: line };
  on.steps.step({ step: "set-up", state: "started", params });
  on.print(`$ ${line}`);
  const end = await runNext(on, [...shell, line], { cwd: folder, env: on.env, stdin: "ignore" });
  told(on, "set-up", end, params, "the files of the template are there; what the command has made may be incomplete");
}

async function work(
  { agentTellsSteps }: BuildSpec,
  folder: string,
  agent: readonly string[],
  on: BuildSurroundings,
): Promise<ChildEnd> {
  const tell = (count: number, state: Step["state"]) =>
    on.steps.step({ step: "files", state, params: { written: count } });
  const files = await watchWrittenFiles(folder, (count) => tell(count, "started"));
  on.steps.step({ step: "agent", state: "started", params: {} });
  const env = { ...on.env, ...(agentTellsSteps && on.stepFile && { BATON_STEP_FILE: on.stepFile }) };
  const end = await runNext(on, agent, { cwd: folder, env, stdin: "inherit" });
  const written = await files.stop();
  tell(written, "done");
  told(on, "agent", end, {}, `the project is there as the agent left it; ${writtenText(written)}`);
  return end;
}

const writtenText = (count: number): string =>
  count === 0 ? "it has written no file" : `it has written ${count} ${count === 1 ? "file" : "files"}`;

/** Says how a program of a step has ended. @throws StepFailed where it did not end well */
function told(on: BuildSurroundings, step: Step["step"], end: ChildEnd, params: Step["params"], left: string): void {
  if (endedWell(end) && !on.signal.aborted) {
    on.steps.step({ step, state: "done", params });
    return;
  }
  const isCancelled = on.signal.aborted;
  const how = howEnded(end);
  on.steps.step({ step, state: isCancelled ? "cancelled" : "failed", params: { ...params, how, left } });
  on.print(`${isCancelled ? "Cancelled" : `It ended with ${how}`}: ${left}.`);
  throw new StepFailed(end);
}

/** What can be run there now, told with the folder as the runner knows it. */
async function tellProjects(root: string, folder: string, { steps, env }: BuildSurroundings): Promise<void> {
  const below = isInside(root, folder) ? relative(root, folder).split(sep).join("/") : folder;
  for (const project of await detectProjects(folder, thisMachine(env))) {
    steps.project({ ...project, folder: [below, project.folder].filter(Boolean).join("/") });
  }
}

/** What cancels a build between two programs is heard by neither of them. */
const runNext: (on: BuildSurroundings, ...run: Parameters<typeof runChild>) => Promise<ChildEnd> = async (
  { signal },
  ...run
) => (signal.aborted ? cancelledEnd : runChild(...run));

/** As a shell says it of a program that was interrupted. */
const cancelledEnd: ChildEnd = { code: 130, signal: null };
