// Sets the machine up, runs every test, and closes with what passed and failed.
//   npm test [-- PART …] [--list]     a part is a folder of test/

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { needBrowser } from "./browser.mjs";
import { dist, root, setup } from "./setup.mjs";

/**
 * What the parts need beside a build. `apart`: each file is a process of its own, those named first, because they take
 * longest; the files of the others share one. `alone`: these files measure time, so nothing runs beside them.
 * They begin in this order, and parts without a row before all others.
 */
const rows = {
  agents: { needs: ["agents"] },
  scripts: { alone: ["setup"] },
  faults: { alone: ["storm"] },
  e2e: { apart: ["agents"], needs: ["browser", "agents", "dev-servers"] },
  vscode: { apart: ["bad-input", "runs-here", "survival"], needs: ["browser", "code-server", "vsix"] },
  ui: { apart: ["pictures"], needs: ["browser"] },
  bench: { alone: ["bench"] },
};
const processLimitMs = 15 * 60_000;
const atOnce = 2;

setup({ targets: ["relay", "cli", "keeper", "extension", "ui", "test", "host"] });
const { runPart, closing } = await import("./test-run.mjs");
const { makeLanes } = await import("./lanes.mjs");

const all = readdirSync(join(root, dist, "test"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && testFiles(entry.name).length > 0)
  .map((entry) => entry.name);
const asked = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const unknown = asked.find((name) => !all.includes(name));
if (unknown) {
  console.error(`There is no part “${unknown}”; there are ${all.join(", ")}.`);
  process.exit(2);
}
const parts = asked.length > 0 ? asked : all;
if (process.argv.includes("--list")) {
  console.log(parts.join("\n"));
  process.exit(0);
}

const needed = new Set(parts.flatMap((name) => rows[name]?.needs ?? []));
await prepare(needed);

const lanes = makeLanes(atOnce);
const names = Object.keys(rows);
const inOrder = parts.toSorted((one, other) => names.indexOf(one) - names.indexOf(other));
process.exit(closing(await Promise.all(inOrder.map(run))));

/** Runs one part. Others go on while processes that this one leaves behind, such as a keeper, are on their way out. */
function run(name) {
  return runPart({ name, jobs: jobsOf(name), root, dist, lanes, limitMs: processLimitMs });
}

/** @returns its files, those together that share a process */
function jobsOf(name) {
  const { alone = [], apart } = rows[name] ?? {};
  const files = testFiles(name);
  const those = (some) => some.flatMap((one) => files.filter((file) => basename(file) === `${one}.test.mjs`));
  const others = files.filter((file) => !those([...alone, ...(apart ?? [])]).includes(file));
  const beside = apart ? [...those(apart), ...others].map((file) => [file]) : others.length > 0 ? [others] : [];
  return [...beside.map((some) => ({ files: some })), ...those(alone).map((file) => ({ files: [file], alone: true }))];
}

function testFiles(part) {
  return readdirSync(join(root, dist, "test", part), { recursive: true })
    .filter((file) => file.endsWith(".test.mjs"))
    .map((file) => join(dist, "test", part, file));
}

/** @returns the extension's .vsix, one for all processes that install it */
function packaged() {
  const file = join(root, dist, "test-baton.vsix");
  const args = [join(root, "scripts/package.mjs"), "--out", file];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", 2] });
  if (status !== 0) process.exit(1);
  return file;
}

/** Installs what the tests drive. What cannot be had here is skipped by the tests that need it, with the reason. */
async function prepare(needs) {
  if (needs.has("vsix")) process.env.BATON_TEST_VSIX = packaged();
  if (needs.has("browser")) process.env.BATON_CHROMIUM = (await needBrowser(root)) ?? "";
  for (const [need, file, install] of [
    ["agents", "test/agents/install.mjs", "installAgents"],
    ["dev-servers", "test/e2e/dev-servers.mjs", "installDevServers"],
    ["code-server", "test/vscode/code-server.mjs", "codeServer"],
  ]) {
    if (!needs.has(need) || !existsSync(join(root, file))) continue;
    try {
      await (await import(pathToFileURL(join(root, file)).href))[install]();
    } catch (error) {
      console.log(`${need} could not be installed: ${error.message}`);
    }
  }
}
