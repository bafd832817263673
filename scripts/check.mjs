// What has to hold before anything lands, in less than a minute: types, lint with format and import boundaries,
// documents that are generated, and the unit tests.
//   npm run check [-- --no-tests]     without the tests, for whoever runs all of them next

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { dist, root, setup } from "./setup.mjs";

const unitParts = ["protocol", "unit", "sdk", "extension"];
const withTests = !process.argv.includes("--no-tests");

setup({ targets: withTests ? ["test", "docs"] : ["docs"] });

const bin = (name, file) => join(root, "node_modules", name, file);
const node = process.execPath;
const dotsOfTwo = ["--reporter", "dot", "--parallel", "--jobs", "2"];
/** @type {Record<string, string[]>} what is checked → the command that checks it */
const checks = {
  types: [node, bin("typescript", "bin/tsc"), "--noEmit", "-p", "."],
  "lint, format, boundaries": [
    node,
    bin("@biomejs/biome", "bin/biome"),
    "ci",
    "--error-on-warnings",
    ...(process.stdout.isTTY ? [] : ["--colors=off"]),
    ".",
  ],
  "docs are generated": [node, "scripts/docs.mjs", "--check"],
  ...(withTests && { "unit tests": [node, bin("mocha", "bin/mocha.js"), ...dotsOfTwo, ...unitTests()] }),
};

const failed = [];
await Promise.all(
  Object.entries(checks).map(async ([name, command]) => {
    const startedAt = Date.now();
    const { code, output } = await run(command);
    console.log(`${code === 0 ? "✔" : "✖"} ${name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
    if (code === 0) return;
    failed.push(name);
    console.log(output.trimEnd());
  }),
);
console.log(failed.length > 0 ? `\nNot in order: ${failed.join("; ")}` : "\nEverything is in order.");
process.exit(failed.length > 0 ? 1 : 0);

function unitTests() {
  return unitParts
    .map((part) => join(root, dist, "test", part))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, file)))
    .filter((file) => file.endsWith(".test.mjs"));
}

function run([command, ...args]) {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    child.once("error", (error) => resolve({ code: 1, output: error.message }));
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}
