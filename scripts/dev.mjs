// `npm start` that builds again and restarts on every change. What follows goes to scripts/start.mjs.
//   npm run dev [-- --workspace DIR …]

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { productTargets } from "./build-state.mjs";
import { root, setup } from "./setup.mjs";

/** Several targets are built after one change; the restart waits for this much quiet. */
const quietMs = 150;

setup();
const builder = spawn(process.execPath, ["esbuild.mjs", "--watch", "--only", productTargets.join(",")], {
  cwd: root,
  stdio: ["ignore", "pipe", "inherit"],
});
const built = new Set();
let product;
let timer;
let stopping = false;

createInterface({ input: builder.stdout }).on("line", (line) => {
  built.add(line);
  if (built.size < productTargets.length || stopping) return;
  clearTimeout(timer);
  timer = setTimeout(restart, quietMs);
});
builder.once("exit", (code) => stop(code ?? 1));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop(0));

async function restart() {
  if (product) {
    console.log("\nSomething changed; starting again …");
    await end(product);
  }
  if (stopping) return;
  product = spawn(process.execPath, ["scripts/start.mjs", "--built", ...process.argv.slice(2)], {
    cwd: root,
    stdio: "inherit",
  });
}

async function stop(code) {
  if (stopping) return;
  stopping = true;
  clearTimeout(timer);
  await Promise.all([builder, product].filter(Boolean).map(end));
  process.exit(code);
}

function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return undefined;
  return new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill("SIGTERM");
  });
}
