import { plainLine, plainText } from "#protocol/plain-text";
import { build } from "#runner/node/builds/build";
import { BuildSpec } from "#runner/node/builds/spec";
import type { Environment } from "#runner/node/environment";
import { createStepTeller } from "#runner/node/tell-step";

/**
 * A build in this terminal: `build SPEC COMMAND ARGS…`, the specification as JSON, the command the agent's. It ends as
 * the agent ends, or as the step that failed.
 */

const [spec = "", ...agent] = process.argv.slice(2);
const parsed = BuildSpec.safeParse(jsonOf(spec));
if (!parsed.success || agent.length === 0) {
  process.stderr.write("usage: build SPEC COMMAND ARGS…\n");
  process.exit(2);
}

// What is for this program alone is not for the others.
const { ELECTRON_RUN_AS_NODE: _, BATON_STEP_FILE: stepFile, ...env } = process.env as Environment;
const cancelled = new AbortController();
const cancel = () => cancelled.abort();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
for (const signal of signals) process.on(signal, cancel);

build(parsed.data, agent, {
  ...{ env, stepFile },
  steps: createStepTeller(stepFile),
  // Names, folders and Git's words come from others, and a terminal obeys what it reads.
  print: (line) => process.stdout.write(`\x1b[2m${plainLine(line)}\x1b[0m\r\n`),
  signal: cancelled.signal,
  built: import.meta.dirname,
}).then(
  ({ code, signal }) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of signals) process.off(name, cancel);
    process.kill(process.pid, signal);
  },
  (error: unknown) => {
    process.stderr.write(`${plainText(error instanceof Error ? error.message : String(error))}\n`);
    process.exit(1);
  },
);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
