import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { errorText } from "#protocol/errors";
import { newId } from "#protocol/ids";
import { startGuard } from "#runner/keeper/guard";
import { tunnelEnvironment } from "#runner/node/cloudflare/command-line";
import { keepTunnel } from "#runner/node/cloudflare/keep-tunnel";

/**
 * A relay that is hosted behind a tunnel, as one process that outlives the window: `… -- RELAY ARGS`. The relay has to
 * know its public address, so it starts when the tunnel has one, and again where a quick tunnel has got another. Both
 * end together.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      cloudflared: { type: "string" },
      port: { type: "string" },
      hostname: { type: "string" },
      config: { type: "string" },
    },
    allowPositionals: true,
  });
  const { cloudflared = "", hostname, config = "" } = values;
  const { TUNNEL_TOKEN: token, ...environment } = process.env;
  const stopping = new AbortController();
  for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, () => stopping.abort());
  // Everything below belongs to the session of this process, and ends with it however that ends.
  const say = (message: string) => void process.stderr.write(`${message}\n`);
  const guard = startGuard({ info: say, warn: say, error: say });
  guard.watch(newId("run"), process.pid);

  let relay: ChildProcess | undefined;
  let servedAt: string | undefined;
  let change: Promise<void> = Promise.resolve();
  const endRelay = async () => {
    const ending = relay;
    relay = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    ending.kill("SIGTERM");
    await once(ending, "exit");
  };
  const serveAt = async (url: string) => {
    if (url === servedAt || stopping.signal.aborted) return;
    servedAt = url;
    await endRelay();
    const [script = "", ...args] = positionals;
    const started = spawn(process.execPath, [script, ...args, "--public-url", url, "--trust-proxy", "1"], {
      env: tunnelEnvironment(environment, undefined),
      stdio: ["ignore", "ignore", "inherit"],
      windowsHide: true,
    });
    relay = started;
    started.once("error", (error) => say(error.message));
    started.once("exit", (code) => {
      // Somebody has stopped it, or it cannot serve: nothing is to be public then.
      if (relay !== started) return;
      process.exitCode = code ?? 0;
      stopping.abort();
    });
  };

  await keepTunnel({
    binary: cloudflared,
    target: { port: Number(values.port), ...(hostname && { hostname }) },
    configFile: config,
    env: tunnelEnvironment(environment, hostname === undefined ? undefined : token),
    signal: stopping.signal,
    told(state) {
      if (state.state === "ready") change = change.then(() => serveAt(state.url)).catch((error) => say(String(error)));
      if (state.state !== "failed") return;
      say(errorText(state.error));
      // Whoever has just asked for it is told now; a relay that people know comes back by itself.
      if (servedAt === undefined) {
        process.exitCode = 1;
        stopping.abort();
      }
    },
    line: () => undefined,
  });
  await change;
  await endRelay();
  guard.dismiss();
}

void main();
