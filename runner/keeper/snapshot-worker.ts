import { parentPort } from "node:worker_threads";
import {
  screenReadBytes,
  screenReadMs,
  snapshotEveryBytes,
  snapshotMinIntervalMs,
  snapshotQuietMs,
} from "#runner/keeper/caps";
import { drawScreen } from "#runner/keeper/draw-screen";
import { createEmulator, type Emulator } from "#runner/keeper/emulator";
import { lowerThreadPriority } from "#runner/keeper/low-priority";
import { parseVisible } from "#runner/keeper/parse-visible";
import type { FromWorker, ToWorker } from "#runner/keeper/screen-messages";

/** The thread that draws: one terminal emulator for each run, fed with its output. */
interface DrawnRun {
  readonly emulator: Emulator;
  /** The emulator has read every record up to here. */
  seq: number;
  /** Output that is not read yet, because much of it at once is cheaper, and the last record in it. */
  waiting: Uint8Array[];
  waitingBytes: number;
  waitingSeq: number;
  readTimer: NodeJS.Timeout | undefined;
  /** Bytes read since the last picture. */
  unpictured: number;
  lastOutputAt: number;
  lastPictureAt: number;
  quietTimer: NodeJS.Timeout | undefined;
}

const runs = new Map<number, DrawnRun>();
const encoder = new TextEncoder();

type Handlers = { readonly [T in ToWorker["type"]]: (message: Extract<ToWorker, { type: T }>) => void };

const handlers: Handlers = {
  open({ run, cols, rows }) {
    runs.set(run, {
      emulator: createEmulator(cols, rows),
      seq: 0,
      waiting: [],
      waitingBytes: 0,
      waitingSeq: 0,
      readTimer: undefined,
      unpictured: 0,
      lastOutputAt: 0,
      lastPictureAt: 0,
      quietTimer: undefined,
    });
  },
  output({ run, seq, bytes }) {
    const drawn = runs.get(run);
    if (!drawn) return;
    drawn.waiting.push(bytes);
    drawn.waitingBytes += bytes.length;
    drawn.waitingSeq = seq;
    drawn.lastOutputAt = performance.now();
    drawn.quietTimer ??= setTimeout(() => quiet(run, drawn), snapshotQuietMs);
    if (drawn.waitingBytes < screenReadBytes) {
      drawn.readTimer ??= setTimeout(() => guarded(run, () => readWaiting(run, drawn)), screenReadMs);
      return;
    }
    readWaiting(run, drawn);
    if (drawn.unpictured >= snapshotEveryBytes && performance.now() - drawn.lastPictureAt >= snapshotMinIntervalMs) {
      sendPicture(run, drawn);
    }
  },
  resize({ run, seq, cols, rows }) {
    const drawn = runs.get(run);
    if (!drawn) return;
    readWaiting(run, drawn);
    drawn.emulator.terminal.resize(cols, rows);
    drawn.seq = seq;
    drawn.lastOutputAt = performance.now();
    drawn.unpictured = Math.max(1, drawn.unpictured);
    drawn.quietTimer ??= setTimeout(() => quiet(run, drawn), snapshotQuietMs);
  },
  ask({ run, id, sequence }) {
    const drawn = runs.get(run);
    let text = "";
    if (drawn) readWaiting(run, drawn);
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
  readWaiting(run, drawn);
  const picture = drawScreen(drawn.emulator, drawn.seq, isLast);
  drawn.lastPictureAt = performance.now();
  if (picture) drawn.unpictured = 0;
  if (picture || id !== undefined) post({ type: "picture", run, id, picture });
}

function quiet(run: number, drawn: DrawnRun): void {
  drawn.quietTimer = undefined;
  if (!runs.has(run) || drawn.unpictured + drawn.waitingBytes === 0) return;
  const leftMs = drawn.lastOutputAt + snapshotQuietMs - performance.now();
  if (leftMs > 1) drawn.quietTimer = setTimeout(() => quiet(run, drawn), leftMs);
  else guarded(run, () => sendPicture(run, drawn));
}

/** Reads everything that waits, and says how much that was. */
function readWaiting(run: number, drawn: DrawnRun): void {
  clearTimeout(drawn.readTimer);
  drawn.readTimer = undefined;
  const { waiting, waitingBytes: bytes } = drawn;
  if (bytes === 0) return;
  drawn.waiting = [];
  drawn.waitingBytes = 0;
  parseVisible(drawn.emulator, waiting.length === 1 && waiting[0] ? waiting[0] : Buffer.concat(waiting, bytes));
  drawn.seq = drawn.waitingSeq;
  drawn.unpictured += bytes;
  post({ type: "read", run, bytes });
}

function drop(run: number): void {
  const drawn = runs.get(run);
  clearTimeout(drawn?.quietTimer);
  clearTimeout(drawn?.readTimer);
  drawn?.emulator.terminal.dispose();
  runs.delete(run);
}

const post = (message: FromWorker) => parentPort?.postMessage(message);

/** One run's output must not take the screens of the others with it. */
function guarded(run: number, work: () => void): void {
  try {
    work();
  } catch (error) {
    drop(run);
    post({ type: "failed", run, reason: error instanceof Error ? error.message : String(error) });
  }
}

lowerThreadPriority();
parentPort?.on("message", (message: ToWorker) => {
  guarded(message.run, () => (handlers[message.type] as (message: ToWorker) => void)(message));
});
