import { setTimeout as delay } from "node:timers/promises";
import { initialCreditBytes } from "#protocol/caps";
import type { RunId } from "#protocol/ids";
import { recordKinds } from "#protocol/record";
import type { System } from "#test/support/system";
import type { RawViewer } from "#test/support/viewer";
import type { EchoTarget } from "./echo-probe.ts";
import { echoBack } from "./programs.ts";

/** Watches a run from here on and gives its output on, with credit for what was consumed. */
export async function watchOutput(
  viewer: RawViewer,
  runId: RunId,
  onOutput: (bytes: Uint8Array) => void,
): Promise<void> {
  let consumed = 0;
  let shownSeq = 0;
  viewer.onRecords((frame) => {
    if (frame.runId !== runId) return;
    for (const record of frame.records) {
      // What was seen before costs credit, too.
      if (record.kind === recordKinds.output) consumed += record.payload.length;
      if (record.seq <= shownSeq) continue;
      shownSeq = record.seq;
      if (record.kind === recordKinds.output) onOutput(record.payload);
    }
    if (consumed < initialCreditBytes / 4) return;
    viewer.send({ type: "run.credit", runId, bytes: consumed });
    consumed = 0;
  });
  viewer.onMessage((message) => {
    if (message.type !== "run.stale" || message.runId !== runId) return;
    viewer.send({ type: "run.watch", runId, afterSeq: shownSeq, creditBytes: initialCreditBytes });
  });
  const watching = viewer.next("run.watching", (message) => message.runId === runId);
  viewer.send({ type: "run.watch", runId, creditBytes: initialCreditBytes });
  await watching;
}

/** The whole way: viewer, relay, runner, keeper, terminal, and back. */
export async function batonTarget(system: System): Promise<EchoTarget & { readonly runId: RunId }> {
  const runId = await system.start(echoBack);
  const viewer = await system.owner.viewer();
  const listeners: ((bytes: Uint8Array) => void)[] = [];
  await watchOutput(viewer, runId, (bytes) => {
    for (const listener of listeners) listener(bytes);
  });
  await delay(300);
  const leaseEpoch = await viewer.takeLease(runId);
  return {
    runId,
    type: (bytes) => viewer.input(runId, leaseEpoch, bytes),
    onOutput: (listener) => listeners.push(listener),
    async close() {
      viewer.close();
      await system.end(runId);
    },
  };
}
