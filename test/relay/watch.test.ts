import assert from "node:assert/strict";
import { decodeFrame, type RecordsFrame } from "#protocol/frame";
import type { SharedFrame } from "#relay/domain/frame-tail";
import { Watch, type WatchSink } from "#relay/domain/watch";
import { startDomain } from "#test/support/relay-domain";
import { scriptedRun } from "#test/support/runner-client";

describe("relay: a watch that reads the stored log", () => {
  for (const what of ["credit", "room in its socket"] as const) {
    it(`goes on by itself when there is ${what} while the log's file is being closed`, async () => {
      await using test = await startDomain();
      const { runs, context } = test.domain;
      const runnerId = await test.addRunner();
      const script = scriptedRun(runnerId);
      await runs.begin(runnerId, script.header);
      for (let i = 0; i < 40; i++) {
        const bytes = script.output("x".repeat(8_000));
        const intake = runs.take(runnerId, bytes, decodeFrame(bytes) as RecordsFrame);
        assert.equal(intake?.is, "taken");
        if (intake?.is === "taken") await intake.durable;
      }

      const run = await runs.openLog(script.id);
      const seqs: number[] = [];
      let sent = () => {};
      const sink: WatchSink = {
        queuedBytes: 0,
        frame(frame: SharedFrame) {
          seqs.push(frame.fromSeq, frame.lastSeq);
          sent();
        },
        stale: () => assert.fail("it is not live yet"),
        whenDrained: (waiting) =>
          queueMicrotask(() => {
            Object.assign(sink, { queuedBytes: 0 });
            waiting.pump();
          }),
        failed: (_, error) => assert.fail(String(error)),
      };
      const everything = 1_000_000;
      const watch = new Watch(run, context.store.logs, sink, 1, what === "credit" ? 1 : everything);
      const shown = new Promise<void>((resolve) => {
        sent = () => {
          if (seqs.at(-1) === script.seq) resolve();
          else if (what === "credit") queueMicrotask(() => watch.grant(40_000));
          else Object.assign(sink, { queuedBytes: everything });
        };
      });
      watch.pump();
      await shown;
      for (let i = 2; i < seqs.length; i += 2) assert.equal(seqs[i], (seqs[i - 1] ?? 0) + 1, "without a hole");
      watch.close();
    });
  }
});
