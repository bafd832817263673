// The long-running programs of the tests, by the name of their npm script; what follows goes to them.
//   npm run bench [-- NAME … --json FILE] · npm run fuzz · npm run faults · npm run pictures

import { spawn } from "node:child_process";
import { join } from "node:path";
import { dist, root, setup } from "./setup.mjs";

const programs = {
  bench: "bench/bench.main.mjs",
  fuzz: "protocol/fuzz.main.mjs",
  faults: "faults/faults.main.mjs",
  pictures: "pictures/pictures.main.mjs",
};

const [name, ...args] = process.argv.slice(2);
const program = programs[name];
if (!program) {
  console.error(`There is no “${name}”; there are ${Object.keys(programs).join(", ")}.`);
  process.exit(2);
}
setup({ targets: ["relay", "cli", "keeper", "ui", "test"] });
const child = spawn(process.execPath, [join(root, dist, "test", program), ...args], { cwd: root, stdio: "inherit" });
// The terminal sends Ctrl-C to both; the program ends in its own way, and this one with it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
child.once("exit", (code) => process.exit(code ?? 1));
