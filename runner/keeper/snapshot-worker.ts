import { parentPort } from "node:worker_threads";
import { snapshotEveryBytes, snapshotMinIntervalMs, snapshotQuietMs } from "#runner/keeper/caps";
import { drawScreen } from "#runner/keeper/draw-screen";
import { createEmulator, type Emulator } from "#runner/keeper/emulator";
import type { FromWorker, ToWorker } from "#runner/keeper/screen-messages";

/** The thread that draws: one terminal emulator for each run, fed with its output. */
interface DrawnRun {
  readonly emulator: Emulator;
  /** The emulator has read every record up to here. */
  seq: number;
  /** Bytes read since the last picture, and not reported yet. */
  unpictured: number;
  unreported: number;
  lastOutputAt: number;
  lastPictureAt: number;
  quietTimer: NodeJS.Timeout | undefined;
}

const runs = new Map<number, DrawnRun>();
const encoder = new TextEncoder();
const reportBytes = 64 * 1024;
const reporting = new Set<number>();

type Handlers = { readonly [T in ToWorker["type"]]: (message: Extract<ToWorker, { type: T }>) => void };

const handlers: Handlers = {
  open({ run, cols, rows }) {
    runs.set(run, {
      emulator: createEmulator(cols, rows),
      seq: 0,
      unpictured: 0,
      unreported: 0,
      lastOutputAt: 0,
      lastPictureAt: 0,
      quietTimer: undefined,
    });
  },
  output({ run, seq, bytes, offset }) {
    const drawn = runs.get(run);
    if (!drawn) return;
    const output = bytes.subarray(offset);
    drawn.emulator.parse(output);
    drawn.seq = seq;
    drawn.unpictured += output.length;
    drawn.lastOutputAt = performance.now();
    report(run, drawn, output.length);
    if (drawn.unpictured >= snapshotEveryBytes && performance.now() - drawn.lastPictureAt >= snapshotMinIntervalMs) {
      sendPicture(run, drawn);
    }
    drawn.quietTimer ??= setTimeout(() => quiet(run, drawn), snapshotQuietMs);
  },
  resize({ run, seq, cols, rows }) {
    const drawn = runs.get(run);
    if (!drawn) return;
    drawn.emulator.terminal.resize(cols, rows);
    drawn.seq = seq;
    drawn.lastOutputAt = performance.now();
    drawn.unpictured = Math.max(1, drawn.unpictured);
    drawn.quietTimer ??= setTimeout(() => quiet(run, drawn), snapshotQuietMs);
  },
  ask({ run, id, sequence }) {
    const drawn = runs.get(run);
    let text = "";
    if (drawn?.emulator.isAtRest()) {
      const listening = drawn.emulator.terminal.onData((answer) => {
        text += answer;
      });
      drawn.emulator.parse(encoder.encode(sequence));
      listening.dispose();
    }
    post({ type: "answer", run, id, text });
  },
  snapshot({ run, id }) {
    const drawn = runs.get(run);
    if (drawn) sendPicture(run, drawn, id);
    else post({ type: "picture", run, id, picture: undefined });
  },
  close({ run, id }) {
    const drawn = runs.get(run);
    if (drawn) sendPicture(run, drawn, id, true);
    else post({ type: "picture", run, id, picture: undefined });
    drop(run);
  },
};

function sendPicture(run: number, drawn: DrawnRun, id?: number, isLast = false): void {
  const picture = drawScreen(drawn.emulator, drawn.seq, isLast);
  drawn.lastPictureAt = performance.now();
  if (picture) drawn.unpictured = 0;
  if (picture || id !== undefined) post({ type: "picture", run, id, picture });
}

function quiet(run: number, drawn: DrawnRun): void {
  drawn.quietTimer = undefined;
  if (!runs.has(run) || drawn.unpictured === 0) return;
  const leftMs = drawn.lastOutputAt + snapshotQuietMs - performance.now();
  if (leftMs > 1) drawn.quietTimer = setTimeout(() => quiet(run, drawn), leftMs);
  else sendPicture(run, drawn);
}

/** Says how much was read: at once when it is much, else when this thread has nothing else to do. */
function report(run: number, drawn: DrawnRun, bytes: number): void {
  drawn.unreported += bytes;
  if (drawn.unreported >= reportBytes) {
    sendReport(run, drawn);
  } else if (!reporting.has(run)) {
    reporting.add(run);
    setImmediate(() => {
      reporting.delete(run);
      sendReport(run, drawn);
    });
  }
}

function sendReport(run: number, drawn: DrawnRun): void {
  if (drawn.unreported > 0) post({ type: "read", run, bytes: drawn.unreported });
  drawn.unreported = 0;
}

function drop(run: number): void {
  const drawn = runs.get(run);
  clearTimeout(drawn?.quietTimer);
  drawn?.emulator.terminal.dispose();
  runs.delete(run);
}

const post = (message: FromWorker) => parentPort?.postMessage(message);

parentPort?.on("message", (message: ToWorker) => {
  try {
    (handlers[message.type] as (message: ToWorker) => void)(message);
  } catch (error) {
    // One run's output must not take the screens of the others with it.
    drop(message.run);
    post({ type: "failed", run: message.run, reason: error instanceof Error ? error.message : String(error) });
  }
});
