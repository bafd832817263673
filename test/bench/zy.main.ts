import { setTimeout as delay } from "node:timers/promises";
import { startSystem } from "#test/support/system";
import { watchOutput } from "./baton-echo.ts";
import { floodColoured } from "./programs.ts";

const system = await startSystem();
const runId = await system.start(floodColoured);
const viewer = await system.owner.viewer();
let bytes = 0;
const t0 = performance.now();
let last = 0;
viewer.onMessage((m) => {
  if (m.type !== "changed" && m.type !== "run.watchers")
    console.log((performance.now() - t0).toFixed(0), JSON.stringify(m).slice(0, 250));
});
viewer.onSnapshot((f) => console.log((performance.now() - t0).toFixed(0), "snapshot", f.seq));
viewer.onRecords((f) => {
  if (performance.now() - last > 500) {
    last = performance.now();
    console.log((last - t0).toFixed(0), "records", f.records[0]?.seq, f.records.at(-1)?.seq, bytes);
  }
});
await watchOutput(viewer, runId, (b) => {
  bytes += b.length;
});
await delay(1000);
viewer.send({ type: "run.credit", runId, bytes: 2_000_000 });
await delay(6000);
console.log(
  await system.owner.client.call("readRun", { params: { id: runId } }).then((r) => [r.headSeq, r.outputBytes]),
);
viewer.close();
await system.end(runId);
await system.stop();
process.exit(0);
