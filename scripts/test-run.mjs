// Runs one part of the tests as a mocha process of its own, and adds the parts up.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { endLeftovers } from "./leftovers.mjs";

const markName = "BATON_TEST_PART";
/** A keeper without work leaves after half a minute. */
const leftoverGraceMs = 40_000;
export const inCi = [process.env.CI, process.env.BATON_CI].some((value) => value && value !== "0" && value !== "false");

/**
 * Runs the tests of one part. Its output is printed when it has ended, so that parts do not mix.
 * @returns {Promise<{ name: string, tests: { title: string, file: string, state: string, reason?: string }[] }>}
 */
export async function runPart({ name, files, root, dist, limitMs, graceMs = leftoverGraceMs }) {
  const report = join(root, dist, "reports", `${name}.json`);
  mkdirSync(join(root, dist, "reports"), { recursive: true });
  rmSync(report, { force: true });
  const mark = `${name}-${randomUUID()}`;
  const startedAt = Date.now();
  const args = [
    "--reporter",
    join(root, "scripts/mocha-reporter.mjs"),
    "--reporter-option",
    `output=${report}`,
    ...files,
  ];
  const child = spawn(process.execPath, [join(root, "node_modules/mocha/bin/mocha.js"), ...args], {
    cwd: root,
    env: { ...process.env, [markName]: mark, BATON_DIST: dist },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const [code, signal] = await new Promise((resolve) => child.once("exit", (...how) => resolve(how)));
  clearTimeout(limit);
  const left = await endLeftovers(`${markName}=${mark}`, graceMs);

  const tests = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : [];
  const failed = tests.filter((test) => test.state === "failed").length;
  const fail = (title) => tests.push({ title: `${name}: ${title}`, file: "", state: "failed" });
  if (!existsSync(report)) fail(`the tests ended before their report (${signal ?? `exit ${code}`})`);
  else if (signal) fail(`the tests did not end within ${limitMs / 1000} s`);
  else if (code !== 0 && failed === 0) fail(`mocha ended with ${code}`);
  for (const process of left) fail(`a process was left behind: ${process}`);

  const count = (state) => tests.filter((test) => test.state === state).length;
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `${count("failed") > 0 ? "✖" : "✔"} ${name}: ${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped (${seconds} s)`,
  );
  if (count("failed") > 0) {
    if (output.trim() !== "") console.log(output.trimEnd());
    for (const test of tests.filter((one) => one.state === "failed" && !one.file)) console.log(`  ✖ ${test.title}`);
  }
  return { name, tests };
}

/**
 * Prints the skipped tests with their reasons and the closing line.
 * @returns the exit code: 1 for a failure, and in CI for a skip or for no test at all
 */
export function closing(parts) {
  const tests = parts.flatMap((part) => part.tests);
  const of = (state) => tests.filter((test) => test.state === state);
  const skipped = of("skipped");
  if (skipped.length > 0) console.log(inCi ? "\nSkipped, which CI does not allow:" : "\nSkipped:");
  for (const [reason, some] of groupBy(skipped, (test) => test.reason))
    console.log(`  ${reason}\n${some.map((test) => `    - ${test.title}`).join("\n")}`);
  const notAllowed = inCi ? skipped.length : 0;
  const allowed = skipped.length > notAllowed ? `, ${skipped.length} skipped` : "";
  console.log(`\n${of("passed").length} passed, ${of("failed").length + notAllowed} failed${allowed}`);
  return of("failed").length + notAllowed > 0 || tests.length === 0 ? 1 : 0;
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
