import { rmSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { tunnelWantedEveryMs } from "#runner/core/caps";
import { tunnelUnwantedTimes } from "#runner/node/caps";
import { tunnelEnvironment } from "#runner/node/cloudflare/command-line";
import { keepTunnel } from "#runner/node/cloudflare/keep-tunnel";
import { createStepTeller } from "#runner/node/tell-step";

/**
 * The process of one tunnel, in a run of the keeper's: it keeps cloudflared at work, and says how the tunnel is. So a
 * tunnel, and with it the address that people were sent, outlives a reload of the window as its server does. It ends
 * where no runner has said for a minute that it is wanted: a port is not public when nobody could take it back.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cloudflared: { type: "string" },
      port: { type: "string" },
      "host-header": { type: "string" },
      hostname: { type: "string" },
      config: { type: "string" },
      wanted: { type: "string" },
      "look-ms": { type: "string" },
    },
  });
  const { cloudflared = "", hostname, config = "", wanted = "" } = values;
  const hostHeader = values["host-header"];
  const port = Number(values.port);
  // What is for this program alone is not for cloudflared.
  const { ELECTRON_RUN_AS_NODE: _, BATON_STEP_FILE: stepFile, TUNNEL_TOKEN: token, ...environment } = process.env;
  const teller = createStepTeller(stepFile);
  const stopping = new AbortController();
  for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, () => stopping.abort());
  const everyMs = Number(values["look-ms"] ?? tunnelWantedEveryMs);
  const stopWatching = watchWanted(wanted, everyMs, () => {
    process.stdout.write("Baton: no runner wants this tunnel any more.\r\n");
    stopping.abort();
  });
  const isDone = await keepTunnel({
    binary: cloudflared,
    target: { port, ...(hostHeader && { hostHeader }), ...(hostname && { hostname }) },
    configFile: config,
    env: tunnelEnvironment(environment, hostname === undefined ? undefined : token),
    signal: stopping.signal,
    told: (tunnel) => teller.tunnel({ ...tunnel, port }),
    line: (text) => void process.stdout.write(`${text}\r\n`),
  });
  stopWatching();
  for (const file of [wanted, config]) rmSync(file, { force: true });
  process.exitCode = isDone ? 0 : 1;
}

/** Counts looks, not time: a machine that slept has not been without its runner. */
function watchWanted(file: string, everyMs: number, unwanted: () => void): () => void {
  let seen: number | undefined;
  let times = 0;
  const timer = setInterval(() => {
    const touched = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    times = touched === seen ? times + 1 : 0;
    seen = touched;
    if (times >= tunnelUnwantedTimes) unwanted();
  }, everyMs);
  return () => clearInterval(timer);
}

void main();
