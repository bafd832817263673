import { readSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { ReadStream } from "node:tty";
import { drainQuietMs, maxDrainMs, readBufferBytes } from "#runner/keeper/caps";
import { errorCode } from "#runner/keeper/files";
import { createInputQueue } from "#runner/keeper/input-queue";
import type { ProcessExit, StartTerminal } from "#runner/keeper/terminal-process";

/** The native half of node-pty 1.2, which makes the terminal and the process and reports the process's end. */
interface NativePty {
  fork(
    file: string,
    args: readonly string[],
    env: readonly string[],
    cwd: string,
    cols: number,
    rows: number,
    uid: number,
    gid: number,
    utf8: boolean,
    helperPath: string,
    exited: (exitCode: number, signal: number) => void,
  ): { fd: number; pid: number; pty: string };
  resize(fd: number, cols: number, rows: number, pixelWidth: number, pixelHeight: number): void;
}

const noId = -1;

/**
 * A process in a pseudo-terminal on Linux and macOS. The terminal is read here and not by node-pty's own class, which
 * drops what is still unread 200 ms after the process has ended, also while reading is paused.
 */
export const startPosixTerminal: StartTerminal = (command, events) => {
  const { native, helper } = loadNative();
  const { cols, rows } = command.size;
  const env = Object.entries(command.env).map(([name, value]) => `${name}=${value}`);
  const state = { exit: undefined as ProcessExit | undefined, over: false, paused: false, closed: false };
  let drainTimer: NodeJS.Timeout | undefined;
  let drainCheck: NodeJS.Immediate | undefined;
  let drainUntil = 0;

  const terminal = native.fork(
    command.file,
    command.args,
    env,
    command.cwd,
    cols,
    rows,
    noId,
    noId,
    true,
    helper,
    (exitCode, signal) => {
      state.exit = { exitCode, signal: signal === 0 ? undefined : signal };
      drainUntil = performance.now() + maxDrainMs;
      input.close();
      settle();
    },
  );

  const buffer = Buffer.allocUnsafeSlow(readBufferBytes);
  const onread = {
    buffer,
    callback: (bytes: number) => {
      events.data(buffer.subarray(0, bytes));
      if (state.exit) settle();
      return !state.paused;
    },
  };
  // `onread` is an option of net.Socket, which the stream passes on; the types do not know it.
  const stream = new ReadStream(terminal.fd, { onread } as object);
  const input = createInputQueue((bytes) => tryWrite(terminal.fd, bytes));

  const settle = () => {
    clearTimeout(drainTimer);
    clearImmediate(drainCheck);
    if (!state.exit || state.over) return;
    if (state.closed) {
      state.over = true;
      events.ended(state.exit);
    } else if (!state.paused) {
      // Somebody who lives on may hold the terminal open, so its end is not waited for, only quiet.
      const leftMs = drainUntil - performance.now();
      const endIfQuiet = () => {
        // A process that was held up comes to its timers before it has read what waits, so it reads once more first.
        drainCheck = setImmediate(() => stream.destroy());
      };
      drainTimer = setTimeout(endIfQuiet, Math.max(0, Math.min(drainQuietMs, leftMs)));
    }
  };
  const close = () => {
    state.closed = true;
    input.close();
    settle();
  };
  // Linux reports the end of a terminal as EIO.
  stream.on("error", close);
  stream.on("close", close);
  stream.on("end", () => {
    readTheRest(terminal.fd, buffer, events.data);
    close();
  });
  stream.resume();

  return {
    pid: terminal.pid,
    write: (bytes) => input.push(bytes),
    resize(size) {
      if (!state.closed) native.resize(terminal.fd, size.cols, size.rows, 0, 0);
    },
    pause() {
      state.paused = true;
      clearTimeout(drainTimer);
      clearImmediate(drainCheck);
      stream.pause();
    },
    resume() {
      if (state.paused) drainUntil = performance.now() + maxDrainMs;
      state.paused = false;
      stream.resume();
      settle();
    },
  };
};

/**
 * libuv takes a hang-up for the end as soon as one read did not fill its buffer, and a terminal gives 4 KB at a time: up
 * to 64 KB of what the process wrote last would be lost. The descriptor is still open when the stream says “end”.
 */
function readTheRest(fd: number, buffer: Buffer, data: (bytes: Uint8Array) => void): void {
  for (;;) {
    let bytes = 0;
    try {
      bytes = readSync(fd, buffer, 0, buffer.length, null);
    } catch {
      // EIO is the end of a terminal. EAGAIN: somebody still holds it open and is silent. EBADF: it was closed here.
      return;
    }
    if (bytes === 0) return;
    data(buffer.subarray(0, bytes));
  }
}

/** @returns how many bytes the terminal took; it does not block */
function tryWrite(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if (errorCode(error) === "EAGAIN") return 0;
    // EIO, EBADF: the terminal is gone, and with it whoever would have read this.
    return bytes.length;
  }
}

let loaded: { native: NativePty; helper: string } | undefined;

function loadNative(): { native: NativePty; helper: string } {
  if (loaded) return loaded;
  const folder = join(import.meta.dirname, "node-pty", "lib");
  const { loadNativeModule } = createRequire(join(folder, "utils.js"))("./utils.js") as {
    loadNativeModule: (name: string) => { dir: string; module: NativePty };
  };
  const { dir, module } = loadNativeModule("pty");
  loaded = { native: module, helper: resolve(folder, dir, "spawn-helper") };
  return loaded;
}
