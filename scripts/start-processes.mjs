// The relay and the runner of `npm start`, as processes that end in order.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { dist, root } from "./setup.mjs";

const startLimitMs = 30_000;
const joinTokenMs = 60 * 1000;
const keptErrorLines = 20;
/** A relay that ends more often than this within `restartsMs` is not started again. */
const maxRestarts = 3;
const restartsMs = 60_000;

/**
 * Starts the relay, in a process group of its own: Ctrl-C reaches it last, when the runner has delivered everything.
 * One that is killed is started again, because nothing is lost by that; `onLost` is told of one that does not stay.
 * @returns {Promise<{ url: string, link?: string, owner: string, data: string, stop: () => Promise<void> }>}
 * @throws Error with the `url` and the `data` of the relay that has the data already
 */
export async function startRelay({ port, verbose, onLost }) {
  const args = ["serve", "--host", "127.0.0.1", "--port", String(port), "--json"];
  const begin = () => startJson("baton-relay.cjs", args, { verbose, detached: process.platform !== "win32" });
  let relay = begin();
  const taken = relay.event("taken").catch(() => undefined);
  const ready = await relay.event("ready").catch(async (error) => {
    const other = await taken;
    throw Object.assign(error, { url: other?.url, data: other?.data });
  });
  let stopping = false;
  const startedAt = [];
  const keep = (how) => {
    if (stopping) return;
    startedAt.push(performance.now());
    if (startedAt.length > maxRestarts && startedAt.at(-1) - startedAt.at(-1 - maxRestarts) < restartsMs) {
      onLost(how);
      return;
    }
    process.stdout.write(`The relay has ended (${how}) and is started again.\n`);
    relay = begin();
    relay.whenLost(keep);
  };
  relay.whenLost(keep);
  const { url, link, owner, data } = ready;
  return {
    url,
    link,
    owner,
    data,
    stop: () => {
      stopping = true;
      return relay.stop();
    },
  };
}

/**
 * Starts the runner, paired by a join token of the relay where it is not paired yet.
 * @returns {Promise<{ agents: object[], stop: () => Promise<number> }>} `stop` says how many runs it cancelled
 */
export async function startRunner({ relay, workspace, policy, verbose, onLost }) {
  const joinToken = await makeJoinToken(relay);
  const options = { verbose, env: { BATON_JOIN_TOKEN: joinToken } };
  const args = ["--relay", relay.url, "--workspace", workspace, "--policy", policy, "--cancel-on-exit", "--json"];
  const start = async () => {
    const runner = startJson("baton.cjs", ["runner", ...args, "--log-level", verbose ? "info" : "error"], options);
    const [started] = await Promise.all([
      runner.event("started"),
      runner.event("link", ({ state }) => state === "online"),
    ]);
    return { runner, started };
  };
  // The pairing that is remembered may be of a relay whose data was deleted: then a new one is made, once.
  const { runner, started } = await start().catch(async () => {
    const pairing = startJson("baton.cjs", ["pair", relay.url, "--workspace", workspace, "--json"], options);
    await pairing.event("paired");
    return start();
  });
  runner.whenLost(onLost);
  runner.on("run", ({ agent, title, status, end, exitCode }) => {
    if (status === "running") process.stdout.write(`▶ ${agent}: ${title}\n`);
    if (status === "ended")
      process.stdout.write(`■ ${agent}: ${title} (${exitCode === undefined ? end : `exit code ${exitCode}`})\n`);
  });
  return {
    agents: started.agents,
    stop: async () => {
      let cancelled = 0;
      runner.on("left", (event) => {
        cancelled = event.cancelled;
        if (event.openElsewhere > 0)
          process.stdout.write(`The keeper stays: it holds ${event.openElsewhere} runs of other folders.\n`);
      });
      await runner.stop();
      return cancelled;
    },
  };
}

/** By the token that the relay leaves for this machine in its data folder. */
async function makeJoinToken({ url, data }) {
  const { token } = JSON.parse(readFileSync(join(data, "server.json"), "utf8"));
  const response = await fetch(`${url}/api/server/join-tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ uses: 2, expiresInMs: joinTokenMs }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`The relay made no join token: ${answer.title ?? response.status}`);
  return answer.secret;
}

/** A process of the build that prints one JSON object a line. What it says to people is on stderr. */
function startJson(file, args, { verbose, env, detached = false }) {
  const child = spawn(process.execPath, [join(root, dist, file), ...args], {
    env: { ...process.env, ...env },
    stdio: ["inherit", "pipe", detached && !verbose ? "pipe" : "inherit"],
    detached,
    windowsHide: true,
  });
  const seen = [];
  const listeners = [];
  const errors = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = parse(line);
    if (!event) return;
    seen.push(event);
    for (const listener of listeners) listener(event);
  });
  if (child.stderr) {
    createInterface({ input: child.stderr }).on("line", (line) => {
      errors.push(line);
      errors.splice(0, errors.length - keptErrorLines);
    });
  }
  const ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`)));
  const isEnded = () => child.exitCode !== null || child.signalCode !== null;
  const on = (name, then) => listeners.push((event) => event.event === name && then(event));
  return {
    on,
    whenLost: (then) => void ended.then(then),
    /** The first event of a name that fits; an error when the process ends before, or takes too long. */
    event: (name, fits = () => true) =>
      new Promise((resolve, reject) => {
        const known = seen.find((event) => event.event === name && fits(event));
        if (known) return resolve(known);
        on(name, (event) => fits(event) && resolve(event));
        const what = `${file} ${args[0]}`;
        const timer = setTimeout(
          () => reject(new Error(`${what} did not get ready in ${startLimitMs / 1000} s.`)),
          startLimitMs,
        );
        timer.unref();
        return ended.then((how) => reject(new Error([...errors, `${what} ended (${how}).`].join("\n"))));
      }),
    stop: async () => {
      if (!isEnded()) child.kill("SIGTERM");
      await ended;
    },
  };
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // Not every line is for programs.
  }
}
