import "#runner/keeper/small-heap";
import "#runner/keeper/compile-early";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { defaultLimits, type KeeperLimits } from "#runner/keeper/caps";
import { isSystemError } from "#runner/keeper/files";
import { guardMain } from "#runner/keeper/guard";
import { runKeeper } from "#runner/keeper/process";
import { execWithStdin } from "#runner/keeper/stdin-helper";
import { productVersion } from "#runner/keeper/version";

/**
 * `node keeper.cjs --home DIR [--version NAME] [--runtime DIR]`. Started detached by the first runner that needs it.
 * There is one keeper for each name of a version; without one it is the product's. The other flags lower
 * caps, for tests: `--idle-exit-ms`, `--max-run-log-bytes`, `--max-store-bytes`, `--segment-bytes`,
 * `--max-unacked-bytes`, `--max-running-runs`.
 */
const limitFlags: Readonly<Record<string, keyof KeeperLimits>> = {
  "idle-exit-ms": "idleExitMs",
  "max-run-log-bytes": "maxRunLogBytes",
  "max-store-bytes": "maxStoreBytes",
  "segment-bytes": "segmentBytes",
  "max-unacked-bytes": "maxUnackedBytes",
  "max-running-runs": "maxRunningRuns",
};

const modes: Readonly<Record<string, () => Promise<void>>> = {
  guard: guardMain,
  "exec-with-stdin": () => execWithStdin(process.argv.slice(3)),
};

async function main(): Promise<void> {
  const mode = modes[process.argv[2] ?? ""];
  if (mode) {
    await mode();
    return;
  }
  const options = Object.fromEntries(
    ["home", "version", "runtime", ...Object.keys(limitFlags)].map((name) => [name, { type: "string" as const }]),
  );
  const { values } = parseArgs({ options });
  const { home, version, runtime } = values;
  if (typeof home !== "string") throw new Error("--home is missing");
  const limits = { ...defaultLimits, ...readLimits(values) };
  await runKeeper({
    home: resolve(home),
    version: typeof version === "string" ? version : productVersion,
    runtime: typeof runtime === "string" ? resolve(runtime) : undefined,
    limits,
  });
}

function readLimits(values: Record<string, unknown>): Partial<KeeperLimits> {
  const given = Object.entries(limitFlags).flatMap(([flag, name]) => {
    const value = values[flag];
    if (value === undefined) return [];
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${flag} is not a whole number: ${value}`);
    return [[name, number] as const];
  });
  return Object.fromEntries(given);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  // Whoever started it sees nothing but this number: the operating system's own, where that refused something.
  process.exitCode = isSystemError(error) && error.errno !== undefined ? -error.errno : 2;
});
