// Sets the machine up, runs every test, and closes with what passed and failed.
//   npm test [-- PART …] [--list]     a part is a folder of test/

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { needBrowser } from "./browser.mjs";
import { dist, root, setup } from "./setup.mjs";

/**
 * What the parts need beside a build. `alone`: it measures time or fills the machine, so nothing runs beside it.
 * `lanes`: that many of its own files run at once. Parts without a row need nothing and run two at a time.
 */
const rows = {
  agents: { needs: ["agents"] },
  bench: { alone: true },
  e2e: { alone: true, lanes: 2, needs: ["browser", "agents", "dev-servers"] },
  faults: { alone: true },
  scripts: { alone: true },
  ui: { alone: true, lanes: 2, needs: ["browser"] },
  vscode: { alone: true, lanes: 2, needs: ["browser", "code-server", "vsix"] },
};
const partLimitMs = 15 * 60_000;
const atOnce = 2;

setup({ targets: ["relay", "cli", "keeper", "extension", "ui", "test", "host"] });
const { runPart, closing } = await import("./test-run.mjs");

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

const results = [];
const together = parts.filter((name) => !rows[name]?.alone);
const workers = Array.from({ length: atOnce }, async () => {
  for (let name = together.shift(); name; name = together.shift()) await run(name);
});
await Promise.all(workers);
for (const name of parts.filter((one) => rows[one]?.alone)) await run(name);
process.exit(closing(await Promise.all(results)));

/** Runs one part. The next one begins while processes of this one, which take their time to leave, do so. */
function run(name) {
  return new Promise((onRan, reject) => {
    const lanes = rows[name]?.lanes;
    const result = runPart({ name, files: testFiles(name), root, dist, limitMs: partLimitMs, lanes, onRan });
    results.push(result);
    result.catch(reject);
  });
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
