import { once } from "node:events";
import { createInterface } from "node:readline";
import WebSocket from "ws";
import { initialCreditBytes } from "#protocol/caps";
import type { RunId } from "#protocol/ids";
import { connectViewer } from "#test/support/viewer";
import { stampsIn } from "../programs.ts";
import { monotonicMs } from "../statistics.ts";
import { countSample, type Histogram } from "./histogram.ts";
import { ticketFor } from "./ticket.ts";

/**
 * Many viewers in a process of their own, so that the load does not share a core with what is measured:
 * `viewers KIND COUNT URL [TOKEN [RUN]]`. Says `ready`, then takes lines: `measure FROM TO` counts what was stamped in
 * this time of the monotonic clock, `stop` prints what was counted and ends.
 */
const [kind = "", count = "0", url = "", token = "", runId = ""] = process.argv.slice(2);
const connectAtOnce = 25;
const creditStepBytes = initialCreditBytes / 4;

const delays: Histogram = new Map();
const stamps = new Set<number>();
let fromMs = Number.POSITIVE_INFINITY;
let toMs = Number.NEGATIVE_INFINITY;
const countStamps = (bytes: Buffer) => {
  const now = monotonicMs();
  for (const stamp of stampsIn(bytes)) {
    if (stamp < fromMs || stamp >= toMs) continue;
    stamps.add(stamp);
    countSample(delays, now - stamp);
  }
};

const connect: Record<string, () => Promise<void>> = {
  /** A viewer that watches a run and counts the stamps in its output. */
  async watch() {
    const viewer = await connectViewer({ baseUrl: url, ticket: await ticketFor(url, token) });
    viewer.socket.removeAllListeners("message");
    let consumed = 0;
    viewer.socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (!isBinary) return;
      countStamps(data);
      consumed += data.length;
      if (consumed < creditStepBytes) return;
      viewer.send({ type: "run.credit", runId: runId as RunId, bytes: consumed });
      consumed = 0;
    });
    viewer.send({ type: "run.watch", runId: runId as RunId, creditBytes: initialCreditBytes });
  },
  /** A viewer that is there and watches nothing. */
  async idle() {
    await connectViewer({ baseUrl: url, ticket: await ticketFor(url, token) });
  },
  /** A plain WebSocket. */
  async bare() {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    socket.on("message", countStamps);
    await once(socket, "open");
  },
};

const start = connect[kind];
if (!start) throw new Error(`there is no kind “${kind}”`);
for (let made = 0; made < Number(count); made += connectAtOnce) {
  await Promise.all(Array.from({ length: Math.min(connectAtOnce, Number(count) - made) }, start));
}
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...times] = line.split(" ");
  if (command === "measure") [fromMs = 0, toMs = 0] = times.map(Number);
  if (command !== "stop") continue;
  console.log(JSON.stringify({ delays: [...delays], stamps: [...stamps] }));
  break;
}
process.exit(0);
