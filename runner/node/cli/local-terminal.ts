import { initialCreditBytes } from "#protocol/caps";
import type { TerminalSize } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { decodeFrame, encodeInputFrame } from "#protocol/frame";
import type { RunId } from "#protocol/ids";
import type { Actor } from "#protocol/payloads";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { createRunEnd, type RunTerminal, showRecord, type TerminalSink } from "#runner/node/cli/run-terminal";

/** The person at this machine, who outranks every other. */
const local: Actor = { kind: "local" };

/**
 * The terminal of a run that this machine's keeper holds.
 * @param isWhole from the first record on; else from a picture of the screen
 */
export async function openLocalTerminal(
  keeper: KeeperConnection,
  runId: RunId,
  isWhole: boolean,
  sink: TerminalSink,
): Promise<RunTerminal> {
  let leaseEpoch = 0;
  let taking: Promise<void> | undefined;
  let size: TerminalSize | undefined;
  let shownSeq = 0;
  let picture: { seq: number; bytes: Uint8Array } | undefined;
  let isAttached = false;
  const { ended, end, fail } = createRunEnd();

  const frame = (bytes: Uint8Array) => {
    const decoded = decodeFrame(bytes);
    if (decoded.runId !== runId) return;
    if (decoded.type === "snapshot") {
      if (!isAttached) picture = decoded;
      return;
    }
    if (decoded.type !== "records") return;
    let payloadBytes = 0;
    for (const record of decoded.records) {
      payloadBytes += record.payload.length;
      if (record.seq <= shownSeq) continue;
      shownSeq = record.seq;
      const exit = showRecord(record, sink);
      if (exit) end(exit);
    }
    if (payloadBytes > 0) keeper.notify({ type: "credit", runId, bytes: payloadBytes });
  };

  keeper.listen({
    frame: (bytes) => {
      try {
        frame(bytes);
      } catch (error) {
        fail(error instanceof Error ? error : new Error(String(error)));
      }
    },
    event: (event) => {
      // Each taker has an epoch of its own, also another one of this person's, such as the editor.
      if (event.type === "lease.changed" && event.runId === runId && event.leaseEpoch !== leaseEpoch) leaseEpoch = 0;
      if (event.type === "run.changed" && event.run.header.id === runId && event.run.lost) end({ end: "lost" });
    },
    closed: () => fail(new BatonError("connection_lost")),
  });
  if (!isWhole) {
    await keeper.request("snapshot", { runId }).catch((error: unknown) => {
      if (!(error instanceof BatonError)) throw error;
    });
  }
  if (picture) {
    shownSeq = picture.seq;
    sink.picture(picture.bytes);
  }
  isAttached = true;
  const { run } = await keeper.request("attach", { runId, fromSeq: shownSeq + 1, creditBytes: initialCreditBytes });
  if (run.lost) end({ end: "lost" });
  if (run.exit && shownSeq >= run.headSeq) end(run.exit);

  const takeLease = async () => {
    ({ leaseEpoch } = await keeper.request("lease.take", { runId, by: local }));
  };
  const send = (bytes: Uint8Array) => {
    if (leaseEpoch > 0) keeper.sendFrame(encodeInputFrame(runId, leaseEpoch, bytes));
  };
  const resize = (to: TerminalSize) => {
    size = to;
    keeper.notify({ type: "resize", runId, size, by: local });
  };
  /** A key at the desk takes the terminal back from whoever has it, and gives it the desk's size again. */
  const takeBack = () => {
    taking ??= takeLease()
      .then(() => size && resize(size))
      .finally(() => {
        taking = undefined;
      });
    return taking;
  };
  /** The keyboard is refused where the run is over, which `ended` says with more. */
  const refused = (error: unknown) => {
    if (!(error instanceof BatonError)) fail(error instanceof Error ? error : new Error(String(error)));
  };

  return {
    ended,
    type: (bytes) => {
      if (leaseEpoch > 0) send(bytes);
      else takeBack().then(() => send(bytes), refused);
    },
    resize,
    takeLease,
    async cancel() {
      await keeper.request("cancel", { runId, by: local });
    },
    close() {
      if (leaseEpoch > 0) keeper.notify({ type: "lease.release", runId, leaseEpoch });
      keeper.close();
    },
  };
}
