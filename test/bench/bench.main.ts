import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { groups } from "./groups.ts";
import type { Row } from "./row.ts";
import { formatRows } from "./table.ts";

/** `npm run bench`, `npm run bench -- echo sockets --json figures.json`. The exit code says whether all was reached. */
const program = new Command("bench")
  .description("measures Baton beside its peers, on this machine and in this run")
  .argument("[names...]", `what to measure: ${groups.map((group) => group.name).join(", ")} (default: all)`)
  .option("--json <file>", "writes the rows as JSON, too")
  .parse();

const names = program.args;
const unknown = names.find((name) => !groups.some((group) => group.name === name));
if (unknown !== undefined) program.error(`There is no “${unknown}”.`, { exitCode: 2 });

const rows: Row[] = [];
for (const group of groups) {
  if (names.length > 0 && !names.includes(group.name)) continue;
  console.error(`${group.name}: ${group.about}`);
  try {
    rows.push(...(await group.run((line) => console.error(`  ${line}`))));
  } catch (error) {
    console.error(error);
    rows.push({ name: `${group.name} could not be measured`, value: Number.NaN, unit: "", reach: "", ok: false });
  }
}
console.log(formatRows(rows));
const { json } = program.opts<{ json?: string }>();
if (json) writeFileSync(json, `${JSON.stringify(rows, undefined, 2)}\n`);
process.exit(rows.every((row) => row.ok) ? 0 : 1);
