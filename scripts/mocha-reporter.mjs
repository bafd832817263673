// What `npm test` has mocha report: each failure at once, a line for each file, and everything as JSON in a file.
// A test that cannot run here says why by `skipBecause` of test/support/skip.ts.

import { writeFileSync } from "node:fs";
import { relative } from "node:path";

export default class BatonReporter {
  constructor(runner, options) {
    const results = [];
    const record = (test, state, error) =>
      results.push({
        title: test.fullTitle(),
        file: relative(process.cwd(), test.file ?? ""),
        state,
        durationMs: test.duration ?? 0,
        ...(error && { error: error.stack ?? error.message ?? String(error) }),
        ...(state === "skipped" && { reason: reasonOf(test) }),
      });
    runner.on("pass", (test) => record(test, "passed"));
    runner.on("pending", (test) => record(test, "skipped"));
    runner.on("fail", (test, error) => {
      record(test, "failed", error);
      console.log(`  ✖ ${test.fullTitle()}\n${indent(error.stack ?? error.message ?? String(error))}`);
    });
    runner.once("end", () => {
      const file = options.reporterOptions?.output;
      if (file) writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
    });
  }
}

function reasonOf(test) {
  for (let at = test; at; at = at.parent) if (at.skipReason) return at.skipReason;
  return "it is switched off in its source";
}

const indent = (text) => text.replace(/^/gm, "    ");
