import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startSystem } from "#test/support/system";
import { watchOutput } from "./baton-echo.ts";
import { ptyThroughput } from "./peers.ts";
import { floodColoured, floodYes } from "./programs.ts";

const line = process.argv[2] === "yes" ? floodYes : floodColoured;
const watch = process.argv[3] !== "none";
const system = await startSystem({ relayNodeArgs: ["--cpu-prof", "--cpu-prof-dir=/tmp/bench-tmp/prof"] });
const stat = (p: string) => {
  const f = readFileSync(p, "utf8").split(") ")[1]!.split(" ");
  return (Number(f[11]) + Number(f[12])) * 10;
};
const threads = (pid: number) =>
  new Map(readdirSync(`/proc/${pid}/task`).map((t) => [t, stat(`/proc/${pid}/task/${t}/stat`)] as const));
const runId = await system.start(line);
const viewer = await system.owner.viewer();
let bytes = 0,
  frames = 0;
let stale = 0;
const t0x = performance.now();
viewer.onMessage((m) => {
  if (m.type === "run.stale") stale++;
  if (m.type !== "changed" && m.type !== "run.watchers")
    console.log((performance.now() - t0x).toFixed(0), bytes, JSON.stringify(m).slice(0, 120));
});
if (watch)
  await watchOutput(viewer, runId, (b) => {
    bytes += b.length;
    frames++;
  });
await delay(2000);
const pids = {
  relay: system.relay.pid(),
  runner: system.runners[0]!.pid(),
  keeper: system.keepers()[0]!,
  me: process.pid,
};
const before = Object.entries(pids).map(([n, p]) => [n, p, threads(p)] as const);
const size = () =>
  readdirSync(system.relay.data, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile())
    .reduce((n, e) => n + statSync(join(e.parentPath, e.name)).size, 0);
if (process.argv[4]) viewer.send({ type: "run.credit", runId, bytes: Number(process.argv[4]) });
const d0 = size();
const b0 = bytes,
  f0 = frames;
const t0 = performance.now();
await delay(5000);
const s = (performance.now() - t0) / 1000;
for (const [n, p, t] of before) {
  const now = threads(p);
  console.log(
    n,
    [...now]
      .map(([id, v]) => Math.round((v - (t.get(id) ?? 0)) / s))
      .filter((x) => x > 10)
      .join(" "),
    "ms/s by thread",
  );
}
console.log("durable", (size() - d0) / s / 1e6);
console.log((bytes - b0) / s / 1e6, "MB/s", (frames - f0) / s, "records/s", "stale", stale);
viewer.close();
await system.end(runId);
await system.stop();
console.log("pty alone", (await ptyThroughput(line, 2000)) / 1e6);
process.exit(0);
