import { createRestarts } from "#runner/core/restarts";
import { type ChildEnd, howEnded, runChild } from "#runner/node/run-child";
import { createStepTeller } from "#runner/node/tell-step";

/**
 * Runs a server in this terminal, and starts it again when it ends with an error: `restarting COMMAND ARGS…`. It ends
 * as the server ends where somebody has stopped it, where it ended well, and where it ends again and again.
 */

const [command = "", ...args] = process.argv.slice(2);
if (command === "") {
  process.stderr.write("usage: restarting COMMAND ARGS…\n");
  process.exit(2);
}

// What is for this program alone is not for the server.
const { ELECTRON_RUN_AS_NODE: _, BATON_STEP_FILE: stepFile, ...env } = process.env;
const steps = createStepTeller(stepFile);
const restarts = createRestarts();
let isStopped = false;
let stopWaiting: () => void = () => undefined;

// Signals come to the whole process group, the server included. Whoever sends one wants an end.
const stop = () => {
  isStopped = true;
  stopWaiting();
};
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
for (const signal of signals) process.on(signal, stop);

const endAs = ({ code, signal }: ChildEnd): void => {
  for (const name of signals) process.off(name, stop);
  if (signal === null) process.exit(code ?? 1);
  process.kill(process.pid, signal);
};

const wait = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stopWaiting = () => {
      clearTimeout(timer);
      resolve();
    };
  });

async function main(): Promise<void> {
  for (;;) {
    const startedAt = performance.now();
    const end = await runChild([command, ...args], { env, stdin: "inherit" });
    const waitMs = isStopped || end.code === 0 ? undefined : restarts.next(performance.now() - startedAt);
    const how = howEnded(end);
    if (waitMs === undefined) {
      if (!isStopped && end.code !== 0) {
        process.stdout.write(`\r\nBaton: the server ended again and again (${how}), and is not started any more.\r\n`);
        steps.step({ step: "restart", state: "failed", params: { how, count: restarts.count } });
      }
      return endAs(end);
    }
    process.stdout.write(`\r\nBaton: the server ended (${how}). It starts again in ${waitMs / 1000} s.\r\n`);
    steps.step({ step: "restart", state: "started", params: { how, count: restarts.count } });
    await wait(waitMs);
    if (isStopped) return endAs(end);
    steps.step({ step: "restart", state: "done", params: { how, count: restarts.count } });
  }
}

void main();
