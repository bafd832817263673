// Runs one part of the tests as a mocha process of its own, and adds the parts up.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endLeftovers } from "./leftovers.mjs";

const markName = "BATON_TEST_PART";
/** A keeper without work leaves after half a minute. */
const leftoverGraceMs = 40_000;
export const inCi = [process.env.CI, process.env.BATON_CI].some((value) => value && value !== "0" && value !== "false");

/**
 * Runs the tests of one part. Its output is printed when it has ended, so that parts do not mix.
 * @param jobs its files, those of one process together; `alone`: nothing runs beside them
 * @param lanes of scripts/lanes.mjs, which all parts share
 * @param limitMs for each process
 * @returns {Promise<{ name: string, tests: { title: string, file: string, state: string, reason?: string }[] }>}
 */
export async function runPart({ name, jobs, root, dist, lanes, limitMs, graceMs = leftoverGraceMs }) {
  const reports = join(root, dist, "reports");
  mkdirSync(reports, { recursive: true });
  const mark = `${name}-${randomUUID()}`;
  const tests = [];
  let output = "";
  let tookMs = 0;
  await Promise.all(
    jobs.map(({ files, alone }, index) => {
      const report = join(reports, `.${name}-${index}.json`);
      return (alone ? lanes.runAlone : lanes.run)(async () => {
        const startedAt = Date.now();
        const ran = await runMocha({ name, files, report, root, dist, mark, limitMs });
        tookMs += Date.now() - startedAt;
        tests.push(...ran.tests);
        output += ran.output;
        rmSync(report, { force: true });
      });
    }),
  );
  writeFileSync(join(reports, `${name}.json`), `${JSON.stringify(tests, null, 1)}\n`);
  for (const process of await endLeftovers(`${markName}=${mark}`, graceMs)) {
    tests.push(failure(name, `a process was left behind: ${process}`));
  }

  const of = (state) => tests.filter((test) => test.state === state).length;
  console.log(
    `${of("failed") > 0 ? "✖" : "✔"} ${name}: ${of("passed")} passed, ${of("failed")} failed, ${of("skipped")} skipped (${(tookMs / 1000).toFixed(1)} s)`,
  );
  if (of("failed") > 0) {
    if (output.trim() !== "") console.log(output.trimEnd());
    for (const test of tests.filter((one) => one.state === "failed" && !one.file)) console.log(`  ✖ ${test.title}`);
  }
  return { name, tests };
}

const failure = (name, title) => ({ title: `${name}: ${title}`, file: "", state: "failed" });

/** One mocha process. What keeps it from reporting is a failed test of its own. */
async function runMocha({ name, files, report, root, dist, mark, limitMs }) {
  rmSync(report, { force: true });
  const reporter = ["--reporter", join(root, "scripts/mocha-reporter.mjs"), "--reporter-option", `output=${report}`];
  const child = spawn(process.execPath, [join(root, "node_modules/mocha/bin/mocha.js"), ...reporter, ...files], {
    cwd: root,
    env: { ...process.env, [markName]: mark, BATON_DIST: dist },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const [code, signal] = await new Promise((resolve) => child.once("exit", (...how) => resolve(how)));
  clearTimeout(timer);

  const tests = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : [];
  const failed = tests.some((test) => test.state === "failed");
  if (!existsSync(report))
    tests.push(failure(name, `the tests ended before their report (${signal ?? `exit ${code}`})`));
  else if (signal) tests.push(failure(name, `the tests did not end within ${limitMs / 1000} s`));
  else if (code !== 0 && !failed) tests.push(failure(name, `mocha ended with ${code}`));
  return { tests, output };
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
