import { randomInt } from "node:crypto";
import { Command, InvalidArgumentError } from "commander";
import { fuzz } from "./fuzz.ts";

/** Fuzzing for as long as one likes: `npm run fuzz -- --minutes 30`, again with `--seed S --from N`. */
const options = new Command("fuzz")
  .description("feeds random and mutated bytes to every decoder of the protocol")
  .option("--minutes <n>", "how long", positive, 5)
  .option("--seed <n>", "numbers of an earlier run", positive, randomInt(2 ** 32))
  .option("--from <n>", "the case to begin with", positive, 0)
  .parse()
  .opts<{ minutes: number; seed: number; from: number }>();

const reportEveryMs = 10_000;
const start = performance.now();
const end = start + options.minutes * 60_000;
let nextReport = start + reportEveryMs;

console.log(`seed ${options.seed}, from case ${options.from}, for ${options.minutes} min`);
try {
  const tally = fuzz({
    seed: options.seed,
    from: options.from,
    goesOn: (index) => {
      if (index % 1_024 !== 0) return true;
      const now = performance.now();
      if (now >= nextReport) {
        nextReport += reportEveryMs;
        const perSecond = Math.round((index - options.from) / ((now - start) / 1_000));
        console.log(`case ${index}, ${perSecond} a second; goes on with --seed ${options.seed} --from ${index}`);
      }
      return now < end;
    },
  });
  console.log(`${tally.cases} cases, ${tally.accepted} accepted, refused: ${JSON.stringify(tally.refused)}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function positive(text: string): number {
  const n = Number(text);
  if (!Number.isFinite(n) || n < 0) throw new InvalidArgumentError("expected a number");
  return n;
}
