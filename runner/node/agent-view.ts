import { spawn } from "node:child_process";
import { type AgentPlan, type AgentView, createClaudeView } from "#runner/core/claude-view";
import { readBoundedLines } from "#runner/node/bounded-lines";
import { maxAgentLineLength } from "#runner/node/caps";
import { createStepTeller } from "#runner/node/tell-step";

/**
 * Runs an agent CLI whose output is made for programs, and prints it for people: `agent-view FORMAT COMMAND ARGS…`. It
 * sits between the terminal and the CLI, passes stdin and stderr through, and ends as the CLI ends.
 */

const views: Readonly<Record<string, (planned: (plan: AgentPlan) => void) => AgentView>> = {
  "claude-stream-json": createClaudeView,
};

/** How long output is waited for after the end of the CLI: a process that it left behind can hold the pipe open. */
const drainMs = 1_000;

const [format = "", command = "", ...args] = process.argv.slice(2);
// What is for this program alone is not for the agent and its tools to know: the editor's own executable is Node only
// where it is asked to be.
const { ELECTRON_RUN_AS_NODE: _, BATON_STEP_FILE: stepFile, ...env } = process.env;
const steps = createStepTeller(stepFile);
const view = views[format]?.(({ done, total, now }) => {
  const state = done === total ? "done" : "started";
  steps.step({ step: "plan", state, params: { done, total, ...(now !== undefined && { now }) } });
});
if (view === undefined || command === "") {
  process.stderr.write(`usage: agent-view ${Object.keys(views).join("|")} COMMAND ARGS…\n`);
  process.exit(2);
}

const child = spawn(command, args, { stdio: ["inherit", "pipe", "inherit"], env });
readBoundedLines(child.stdout, maxAgentLineLength, (line) => void process.stdout.write(view.feed(line)));

// Signals come to the whole process group, the CLI included, and it is the CLI that decides what they mean.
const ignore = (): void => undefined;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
for (const signal of signals) process.on(signal, ignore);

child.once("error", (error) => {
  process.stderr.write(`${command}: ${error.message}\n`);
  process.exit(127);
});
child.once("exit", (code, signal) => {
  const end = (): void => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of signals) process.off(name, ignore);
    process.kill(process.pid, signal);
  };
  child.once("close", end);
  setTimeout(end, drainMs);
});
