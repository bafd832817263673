import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { ReadStream } from "node:tty";
import { drainQuietMs, heldOutputMs, maxDrainMs, readBufferBytes } from "#runner/keeper/caps";
import { errorCode } from "#runner/keeper/files";
import { createEndMark, holderCommand } from "#runner/keeper/holder-script";
import { createInputQueue } from "#runner/keeper/input-queue";
import { kill } from "#runner/keeper/kill";
import { loadNativePty } from "#runner/keeper/native-pty";
import type { ProcessExit, StartTerminal } from "#runner/keeper/terminal-process";

const noId = -1;
/** A shell says so that a signal ended a command: 128 and the signal's number. */
const signalStatus = 128;
const lastSignal = 31;

/**
 * A process in a pseudo-terminal on Linux and macOS. The terminal is read here and not by node-pty's own class, which
 * drops what is still unread 200 ms after the process has ended, also while reading is paused.
 */
export const startPosixTerminal: StartTerminal = (command, events) => {
  const { native, helper } = loadNativePty();
  const mark = `baton:${randomBytes(12).toString("hex")}`;
  const { file, args } = holderCommand(mark, command.stdinFile, command.file, command.args);
  const { cols, rows } = command.size;
  const env = Object.entries(command.env).map(([name, value]) => `${name}=${value}`);
  const endMark = createEndMark(mark);
  const state = { exit: undefined as ProcessExit | undefined, over: false, paused: false, closed: false };
  let drainTimer: NodeJS.Timeout | undefined;
  let drainUntil = 0;
  let heldTimer: NodeJS.Timeout | undefined;

  const exited = (exitCode: number, signal: number) => {
    const { status } = endMark;
    state.exit = status === undefined ? { exitCode, signal: signal === 0 ? undefined : signal } : exitOf(status);
    drainUntil = performance.now() + maxDrainMs;
    input.close();
    settle();
  };
  const terminal = native.fork(file, args, env, command.cwd, cols, rows, noId, noId, true, helper, exited);

  const give = (bytes: Uint8Array) => {
    if (bytes.length > 0) events.data(bytes);
  };
  const buffer = Buffer.allocUnsafeSlow(readBufferBytes);
  const read = (length: number) => {
    clearTimeout(heldTimer);
    const hadEnded = endMark.status !== undefined;
    give(endMark.strip(buffer.subarray(0, length)));
    heldTimer = endMark.holds ? setTimeout(() => give(endMark.release()), heldOutputMs) : undefined;
    // Everything that the program wrote is here, so its session may end.
    if (!hadEnded && endMark.status !== undefined) kill(terminal.pid, "SIGKILL");
    if (state.exit) settle();
    return !state.paused;
  };
  // `onread` is an option of net.Socket, which the stream passes on; the types do not know it.
  const stream = new ReadStream(terminal.fd, { onread: { buffer, callback: read } } as object);
  const input = createInputQueue((bytes) => tryWrite(terminal.fd, bytes));

  const settle = () => {
    clearTimeout(drainTimer);
    if (!state.exit || state.over) return;
    if (state.closed) {
      state.over = true;
      clearTimeout(heldTimer);
      give(endMark.release());
      events.ended(state.exit);
    } else if (!state.paused) {
      // Somebody who lives on may hold the terminal open, so its end is not waited for, only quiet.
      const leftMs = endMark.status === undefined ? drainUntil - performance.now() : 0;
      drainTimer = setTimeout(() => stream.destroy(), Math.max(0, Math.min(drainQuietMs, leftMs)));
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
  stream.on("end", close);
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

const exitOf = (status: number): ProcessExit =>
  status > signalStatus && status <= signalStatus + lastSignal
    ? { exitCode: status, signal: status - signalStatus }
    : { exitCode: status, signal: undefined };

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
