// A relay with the embedded store and a headless runner beside it, on this machine.
//   npm start [-- --workspace DIR] [--port PORT] [--policy auto|ask|paused] [--verbose]

import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import * as util from "node:util";
import { productTargets } from "./build-state.mjs";
import { firstFreePort } from "./free-port.mjs";
import { makePlayground } from "./playground.mjs";
import { root, setup } from "./setup.mjs";
import { startRelay, startRunner } from "./start-processes.mjs";

const firstPort = 4000;
const help = `Starts a relay and a runner on this machine, and opens them to nobody else.

  npm start [-- OPTIONS]

  --workspace DIR   the folder agents work in (BATON_WORKSPACE); default: ./playground, made for trying
  --port PORT       of the relay on 127.0.0.1 (BATON_PORT); default: ${firstPort}, or the next one that is free
  --policy POLICY   ask, auto or paused (BATON_POLICY); default: ask, and auto in the playground
  --verbose         also says how to install the agents that were not found, and shows the logs
  --help            this text
`;

const options = readOptions();
if (options.help) {
  process.stdout.write(help);
  process.exit(0);
}
if (!options.built) setup({ targets: productTargets });

const isPlayground = options.workspace === undefined;
const workspace = isPlayground ? makePlayground(join(root, "playground")) : resolve(options.workspace);
const say = (text = "") => process.stdout.write(`${text}\n`);
const port = options.port ?? (await firstFreePort(firstPort));

let stopping;
const onLost = (who) => (how) => {
  if (stopping) return;
  // Ctrl-C at a question of the runner reaches the runner alone, which then ends in order.
  const isInOrder = how === "exit code 0";
  if (!isInOrder) say(`The ${who} has ended (${how}).`);
  void stop(isInOrder ? 0 : 1);
};
let relay;
let runner;
relay = await startRelay({ port, verbose: options.verbose, onLost: onLost("relay") }).catch(giveUp);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => void stop(0));
runner = await startRunner({
  relay,
  workspace,
  policy: options.policy ?? (isPlayground ? "auto" : "ask"),
  verbose: options.verbose,
  onLost: onLost("runner"),
}).catch(giveUp);

if (port !== firstPort && options.port === undefined) say(`Port ${firstPort} is taken, so the relay is at ${port}.`);
say();
say(relay.link ? `  Sign in      ${relay.link}   (works once)` : `  Dashboard    ${relay.url}`);
if (!relay.link) {
  say(`  New device   node dist/baton-relay.cjs link ${quoted(relay.owner)}   makes another sign-in link`);
}
say(`  Folder       ${workspace}${isPlayground ? "   (a git repository made for trying; prompts run at once)" : ""}`);
say(`  Agents       ${agentsLine(runner.agents)}`);
for (const agent of options.verbose ? runner.agents.filter((one) => !one.available) : []) {
  say(`               ${agent.name}: ${agent.install ?? "not found"}`);
}
say(`  Data         ${relay.data}`);
say("  Stop         Ctrl-C; what still runs is cancelled");
say();

async function stop(code) {
  if (stopping) return stopping;
  stopping = (async () => {
    say("\nStopping …");
    const cancelled = await runner?.stop();
    if (cancelled > 0) say(`${cancelled} ${cancelled === 1 ? "run was" : "runs were"} cancelled; their logs are kept.`);
    await relay?.stop();
    process.exit(code);
  })();
  return stopping;
}

async function giveUp(error) {
  process.stderr.write(error.url ? alreadyRunning(error.url) : `${error.message}\n`);
  await relay?.stop();
  process.exit(1);
}

function alreadyRunning(url) {
  return `Baton already runs at ${url}
Another folder beside it:  node dist/baton.cjs runner --relay ${url} --workspace DIR
`;
}

/** As a shell takes it for one word. */
function quoted(name) {
  return /^[\w.-]+$/.test(name) ? name : `"${name.replaceAll(/(["\\$`])/g, "\\$1")}"`;
}

function agentsLine(agents) {
  const found = agents
    .filter((agent) => agent.available)
    .map((agent) => [agent.name, agent.version].filter(Boolean).join(" "));
  const missing = agents.length - found.length;
  return `${found.join(", ") || "none"}${missing > 0 && !options.verbose ? `   (${missing} more can be installed: --verbose)` : ""}`;
}

/** A wrong value is one line that names it, and exit code 2. */
function readOptions() {
  const wrong = (line) => {
    process.stderr.write(`${line}\n`);
    process.exit(2);
  };
  let values;
  try {
    ({ values } = util.parseArgs({
      options: {
        workspace: { type: "string", default: process.env.BATON_WORKSPACE },
        port: { type: "string", default: process.env.BATON_PORT },
        policy: { type: "string", default: process.env.BATON_POLICY },
        verbose: { type: "boolean", default: false },
        built: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    return wrong(error.message);
  }
  const { workspace, policy } = values;
  const port = values.port === undefined ? undefined : Number(values.port);
  if (workspace !== undefined && !(existsSync(workspace) && statSync(workspace).isDirectory())) {
    return wrong(`--workspace: ${workspace} is no folder`);
  }
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    return wrong(`--port: “${values.port}” is no port`);
  }
  if (policy !== undefined && !["ask", "auto", "paused"].includes(policy)) {
    return wrong(`--policy: “${policy}” is none of ask, auto, paused`);
  }
  return { ...values, port };
}
