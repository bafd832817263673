import { randomInt } from "node:crypto";
import { Command, InvalidArgumentError } from "commander";
import { percentile } from "#test/bench/statistics";
import { storm } from "./storm.ts";

/** `npm run faults`: hundreds of kills during dozens of runs. `--seed` repeats the order of an earlier one. */
const options = new Command("faults")
  .description("kills, cuts and stops everything around running agents, and looks for what was lost")
  .option("--seed <n>", "of an earlier run", number, randomInt(2 ** 31))
  .option("--kills <n>", "processes to kill", number, 200)
  .option("--runs <n>", "at least so many runs", number, 60)
  .option("--at-once <n>", "runs at the same time", number, 50)
  .option("--members <n>", "who queue and watch", number, 2)
  .option("--kilobytes <n>", "output of a run, on average", number, 400)
  .option("--seconds <n>", "length of a run, on average", number, 60)
  .parse()
  .opts<Record<"seed" | "kills" | "runs" | "atOnce" | "members" | "kilobytes" | "seconds", number>>();

console.log(`--seed ${options.seed}`);
const report = await storm({
  ...options,
  bytesPerRun: options.kilobytes * 1_000,
  msPerRun: options.seconds * 1_000,
  log: (line) => console.log(line),
});
const { findings, recoveriesMs, ...figures } = report;
console.log(JSON.stringify(figures, undefined, 2));
const shown = [0.5, 0.95, 1].map((share) => `p${share * 100} ${percentile(recoveriesMs, share).toFixed(0)} ms`);
console.log(`work went on after ${shown.join(", ")}`);
for (const finding of findings) console.log(`FOUND: ${finding}`);
process.exit(findings.length > 0 ? 1 : 0);

function number(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("expected a whole number");
  return value;
}
