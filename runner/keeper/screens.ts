import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { TerminalSize } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import {
  maxScreenLagBytes,
  resumeScreenLagBytes,
  screenAnswerMs,
  screenPieceBytes,
  screenPieceMs,
  screenWorkerIdleMs,
} from "#runner/keeper/caps";
import type { OwnLog } from "#runner/keeper/own-log";
import type { FromWorker, Picture, ToWorker } from "#runner/keeper/screen-messages";

/** The screens of all runs: terminal emulators in one worker thread, started with the first, ended behind the last. */
export interface Screens {
  open(size: TerminalSize, events: ScreenEvents): Screen;
}

export interface Screen {
  /** @param message memory whose payload starts at `offset` and ends with it */
  output(seq: number, message: Uint8Array, offset: number): void;
  resize(seq: number, size: TerminalSize): void;
  /** Lets the emulator answer a question, as of everything that was given to it before. */
  ask(sequence: string): Promise<string>;
  /** @throws BatonError `snapshot_unavailable` */
  picture(): Promise<Picture>;
  /** The last picture; the screen is let go. */
  close(): Promise<Picture | undefined>;
}

export interface ScreenEvents {
  /** A picture that nobody asked for: after quiet, or because much has changed. */
  picture(picture: Picture): void;
  /** The emulator is too far behind, or no longer. */
  behind(behind: boolean): void;
}

interface OpenScreen {
  readonly events: ScreenEvents;
  /** Output that is gathered for the worker, and the last record in it. */
  pieces: Uint8Array[];
  pieceBytes: number;
  pieceSeq: number;
  pieceTimer: NodeJS.Timeout | undefined;
  lagBytes: number;
  behind: boolean;
  gone: boolean;
}

export function createScreens(log: OwnLog): Screens {
  const screens = new Map<number, OpenScreen>();
  const waiting = new Map<number, (message: FromWorker | undefined) => void>();
  let worker: Worker | undefined;
  let rest: NodeJS.Timeout | undefined;
  let lastRun = 0;
  let lastId = 0;

  const read = (screen: OpenScreen, bytes: number) => {
    screen.lagBytes -= bytes;
    if (!screen.behind || screen.lagBytes > resumeScreenLagBytes) return;
    screen.behind = false;
    screen.events.behind(false);
  };

  /** From here on its program is not held up by it, and there are no new pictures. */
  const giveUp = (run: number) => {
    const screen = screens.get(run);
    if (!screen) return;
    screen.gone = true;
    dropPieces(screen);
    read(screen, screen.lagBytes);
  };

  const received = (message: FromWorker) => {
    const screen = screens.get(message.run);
    if (message.type === "read" && screen) read(screen, message.bytes);
    if (message.type === "failed") {
      log.warn("a screen could not be drawn", { reason: message.reason });
      giveUp(message.run);
    }
    if (message.type === "picture" && message.id === undefined && message.picture) {
      screen?.events.picture(message.picture);
    }
    if ((message.type === "picture" || message.type === "answer") && message.id !== undefined) {
      waiting.get(message.id)?.(message);
    }
  };

  const lost = (reason: string) => {
    log.error("the screen worker ended", { reason });
    worker = undefined;
    for (const run of screens.keys()) giveUp(run);
    for (const answer of waiting.values()) answer(undefined);
  };

  const post = (message: ToWorker, transfer: readonly ArrayBuffer[] = []) => {
    worker ??= startWorker(received, lost);
    worker.postMessage(message, transfer);
  };

  /** Sends what was gathered. It is copied once, into memory that is handed over. */
  const sendPieces = (run: number, screen: OpenScreen) => {
    const { pieces, pieceBytes, pieceSeq: seq } = screen;
    dropPieces(screen);
    if (pieceBytes === 0) return;
    const bytes = new Uint8Array(new ArrayBuffer(pieceBytes));
    let end = 0;
    for (const piece of pieces) {
      bytes.set(piece, end);
      end += piece.length;
    }
    post({ type: "output", run, seq, bytes }, [bytes.buffer]);
  };

  /** A thread of its own is a third of the keeper's memory, so it does not wait for the next run for long. */
  const restLater = () => {
    clearTimeout(rest);
    rest = setTimeout(() => {
      if (screens.size > 0) return;
      void worker?.terminate();
      worker = undefined;
    }, screenWorkerIdleMs).unref();
  };

  const request = (make: (id: number) => ToWorker): Promise<FromWorker | undefined> => {
    const id = ++lastId;
    return new Promise((resolve) => {
      const settle = (message: FromWorker | undefined) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(message);
      };
      const timer = setTimeout(() => settle(undefined), screenAnswerMs);
      waiting.set(id, settle);
      post(make(id));
    });
  };

  return {
    open(size, events) {
      const run = ++lastRun;
      const screen: OpenScreen = {
        events,
        pieces: [],
        pieceBytes: 0,
        pieceSeq: 0,
        pieceTimer: undefined,
        lagBytes: 0,
        behind: false,
        gone: false,
      };
      screens.set(run, screen);
      post({ type: "open", run, ...size });
      /** Whatever is said to the emulator comes behind the output before it. */
      const say = (message: ToWorker) => {
        sendPieces(run, screen);
        post(message);
      };
      const askFor = async (make: (id: number) => ToWorker) => {
        if (screen.gone) return undefined;
        sendPieces(run, screen);
        return request(make);
      };
      return {
        output(seq, message, offset) {
          if (screen.gone) return;
          const bytes = message.length - offset;
          screen.pieces.push(message.subarray(offset));
          screen.pieceBytes += bytes;
          screen.pieceSeq = seq;
          screen.lagBytes += bytes;
          if (screen.pieceBytes >= screenPieceBytes) sendPieces(run, screen);
          else screen.pieceTimer ??= setTimeout(() => sendPieces(run, screen), screenPieceMs);
          if (screen.behind || screen.lagBytes <= maxScreenLagBytes) return;
          screen.behind = true;
          events.behind(true);
        },
        resize(seq, { cols, rows }) {
          if (!screen.gone) say({ type: "resize", run, seq, cols, rows });
        },
        async ask(sequence) {
          const answer = await askFor((id) => ({ type: "ask", run, id, sequence }));
          return answer?.type === "answer" ? answer.text : "";
        },
        async picture() {
          const answer = await askFor((id) => ({ type: "snapshot", run, id }));
          if (answer?.type === "picture" && answer.picture) return answer.picture;
          throw new BatonError("snapshot_unavailable");
        },
        async close() {
          const answer = await askFor((id) => ({ type: "close", run, id }));
          screen.gone = true;
          screens.delete(run);
          if (screens.size === 0) restLater();
          return answer?.type === "picture" ? answer.picture : undefined;
        },
      };
    },
  };
}

function dropPieces(screen: OpenScreen): void {
  clearTimeout(screen.pieceTimer);
  screen.pieceTimer = undefined;
  screen.pieces = [];
  screen.pieceBytes = 0;
}

function startWorker(received: (message: FromWorker) => void, lost: (reason: string) => void): Worker {
  const worker = new Worker(join(import.meta.dirname, "snapshot-worker.cjs"), {
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  worker.on("message", received);
  worker.on("error", (error) => lost(error.message));
  worker.unref();
  return worker;
}
