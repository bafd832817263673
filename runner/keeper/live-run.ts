import { mkdirSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { snapshotReuseBytes } from "#protocol/caps";
import type { RunEnd, RunHeader, RunStatus, TerminalSize } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { encodeSnapshotFrame } from "#protocol/frame";
import type { KeeperRun, SpawnCommand } from "#protocol/keeper-link";
import type { Actor, Payload } from "#protocol/payloads";
import { recordKinds } from "#protocol/record";
import { ackNoteMs, type KeeperLimits } from "#runner/keeper/caps";
import { replaceFile } from "#runner/keeper/files";
import type { HeldRun, RunFollower, Snapshot } from "#runner/keeper/held-run";
import { createInputNotes } from "#runner/keeper/input-notes";
import { createLease } from "#runner/keeper/lease";
import { type Appended, createLogWriter } from "#runner/keeper/log-writer";
import { createOutputBatch } from "#runner/keeper/output-batch";
import type { OwnLog } from "#runner/keeper/own-log";
import { runFiles } from "#runner/keeper/paths";
import { createQueries } from "#runner/keeper/queries";
import { createRecorder } from "#runner/keeper/recorder";
import { intentOf, writeAckedSeq, writeProcess, writeRunDocument } from "#runner/keeper/run-document";
import type { Picture } from "#runner/keeper/screen-messages";
import type { Screens } from "#runner/keeper/screens";
import { spawnCommand } from "#runner/keeper/spawn";
import { endProcess, signalGroup, sweepRun } from "#runner/keeper/teardown";
import type { ProcessExit, TerminalProcess } from "#runner/keeper/terminal-process";
import { createUnackedBytes } from "#runner/keeper/unacked";
import { frameMessage, payloadOffset } from "#runner/keeper/wire";

/** A run at work in this keeper. When it is over it stays as what it left. */
export interface LiveRun extends HeldRun {
  readonly pid: number | undefined;
  /** Settles when the exit record is in the log and nothing of the run lives. */
  readonly ended: Promise<void>;
  /** @throws BatonError `input_lease_needed`, `input_lease_lost`, `input_not_read`, `run_ended` */
  input(leaseEpoch: number, bytes: Uint8Array): void;
  /**
   * @param leaseEpoch absent for the local terminal's own
   * @throws BatonError `input_lease_needed`, `input_lease_lost`, `run_ended`
   */
  resize(size: TerminalSize, leaseEpoch: number | undefined, by: Actor): void;
  /** @throws BatonError `input_lease_held`, `run_ended` */
  takeLease(by: Actor, connection: string | undefined, client: object): number;
  releaseLease(epoch: number): void;
  clientGone(client: object): void;
  /** @throws BatonError `run_ended` */
  signal(signal: NodeJS.Signals, by: Actor): Promise<void>;
  /**
   * Ends the run with everything that belongs to it. It settles when that has begun; `ended` when it is done.
   * @param limitMs at most this long for each signal
   */
  end(end: RunEnd, by: Actor, limitMs?: number): void;
  /** Whether the relay takes this run's output, so that its program is to be held up when too much is waiting. */
  setDelivery(online: boolean): void;
}

export interface LiveRunDeps {
  readonly limits: KeeperLimits;
  readonly screens: Screens;
  readonly log: OwnLog;
  readonly now: () => number;
  /** The pid is known: the guard is to know it as well. */
  started(run: LiveRun, pid: number): void;
  changed(run: LiveRun): void;
  leaseChanged(run: LiveRun): void;
  ended(run: LiveRun): void;
}

const system: Actor = { kind: "system" };
const clock = () => performance.now();

/**
 * Starts a run: the intent is durable, then the process is started, then its pid is durable.
 * @param folder the run's own; it is made here
 * @throws BatonError `spawn_failed`; then the run is over, and its log says so
 */
export function startRun(deps: LiveRunDeps, folder: string, startHeader: RunHeader, command: SpawnCommand): LiveRun {
  let header = startHeader;
  mkdirSync(folder, { mode: 0o700 });
  writeRunDocument(folder, intentOf(header, command));

  const writer = createLogWriter({
    folder,
    runId: header.id,
    segmentBytes: deps.limits.segmentBytes,
    maxBytes: deps.limits.maxRunLogBytes,
    now: deps.now,
  });
  const followers = new Set<RunFollower>();
  const unacked = createUnackedBytes();
  const lease = createLease(clock);
  let size = command.size;
  let status: RunStatus = "starting";
  let exit: Payload<"exit"> | undefined;
  let lastSnapshot: Snapshot | undefined;
  let bytesAtSnapshot = 0;
  let terminal: TerminalProcess | undefined;
  let online = false;
  let ending: { readonly end: RunEnd; readonly by: Actor } | undefined;
  let noted: Awaited<ReturnType<typeof endProcess>> = [];
  let teardown: Promise<void> = Promise.resolve();
  let outputBytes = 0;
  let ackTimer: NodeJS.Timeout | undefined;
  let timeLimit: NodeJS.Timeout | undefined;
  const done = deferred();
  const processExited = deferred();

  // ── Holding the program up ────────────────────────────────────────────────────────────────────────────────────────
  const holds = new Set<"unacked" | "screen" | "disk">();
  const hold = (reason: "unacked" | "screen" | "disk", on: boolean) => {
    const was = holds.size > 0;
    if (on) holds.add(reason);
    else holds.delete(reason);
    const is = holds.size > 0;
    if (is === was) return;
    if (is) terminal?.pause();
    else terminal?.resume();
  };
  const checkUnacked = () => {
    const tooMuch = online && header.visibility === "team" && unacked.bytes > deps.limits.maxUnackedBytes;
    if (tooMuch !== holds.has("unacked")) hold("unacked", tooMuch);
  };

  // ── Records ───────────────────────────────────────────────────────────────────────────────────────────────────────
  const appended = (record: Appended) => {
    for (const follower of followers) follower.appended(record);
    unacked.appended(record.seq, record.message.length);
    checkUnacked();
    if (record.kind !== recordKinds.output) return;
    outputBytes += record.payloadBytes;
    screen.output(record.seq, record.message, payloadOffset);
  };
  const recorder = createRecorder(writer, {
    appended,
    stalled(stalled, reason) {
      if (stalled) deps.log.error("a log cannot be written", { runId: header.id, reason });
      hold("disk", stalled);
    },
  });
  const batch = createOutputBatch(recorder.output);
  const notes = createInputNotes((by, bytes) => recorder.record("input", { by, bytes }));
  const record: typeof recorder.record = (kind, payload) => {
    batch.flush();
    recorder.record(kind, payload);
  };
  const setStatus = (to: RunStatus, details: Omit<Payload<"status">, "status"> = {}) => {
    if (status === to && to !== "starting") return;
    status = to;
    record("status", { status: to, ...details });
    deps.changed(run);
  };

  // ── The screen ────────────────────────────────────────────────────────────────────────────────────────────────────
  const keepPicture = (picture: Picture): Snapshot => {
    const frame = encodeSnapshotFrame({ runId: header.id, ...picture });
    if (lastSnapshot && lastSnapshot.seq >= picture.seq) return lastSnapshot;
    lastSnapshot = { seq: picture.seq, message: frameMessage(frame) };
    bytesAtSnapshot = outputBytes;
    return lastSnapshot;
  };
  const pictured = (snapshot: Snapshot) => {
    for (const follower of followers) follower.pictured(snapshot);
  };
  const screen = deps.screens.open(size, {
    picture: (picture) => pictured(keepPicture(picture)),
    behind: (behind) => hold("screen", behind),
  });

  // ── The terminal ──────────────────────────────────────────────────────────────────────────────────────────────────
  let scanning: Uint8Array = new Uint8Array(0);
  let scannedTo = 0;
  const queries = createQueries({
    answer: (text) => void terminal?.write(Buffer.from(text, "latin1")),
    ask(sequence, end) {
      // The emulator is to answer as of the question, so what came with it and behind it waits its turn.
      batch.push(scanning.subarray(scannedTo, end));
      batch.flush();
      scannedTo = end;
      return screen.ask(sequence);
    },
    attention() {
      if (status === "running") setStatus("needs-you", { by: system });
    },
    size: () => size,
  });
  const data = (bytes: Uint8Array) => {
    scanning = bytes;
    scannedTo = 0;
    queries.scan(bytes);
    batch.push(scannedTo === 0 ? bytes : bytes.subarray(scannedTo));
  };

  const requireRunning = () => {
    if (status === "ended" || !terminal) throw new BatonError("run_ended");
    return terminal;
  };
  const leaseChanged = () => {
    notes.flush();
    deps.leaseChanged(run);
  };

  const finish = async (payload: Payload<"exit">) => {
    clearTimeout(timeLimit);
    batch.flush();
    notes.flush();
    const picture = await screen.close();
    status = "ended";
    exit = payload;
    recorder.record("status", { status: "ended" });
    recorder.record("exit", payload);
    await new Promise<void>((resolve) => recorder.settled(resolve));
    writer.close();
    rmSync(runFiles(folder).stdin, { force: true });
    saveDocument();
    if (picture) {
      const snapshot = keepPicture(picture);
      const frame = snapshot.message.subarray(frameMessage(new Uint8Array(0)).length);
      replaceFile(runFiles(folder).snapshot, frame, { durable: false });
      pictured(snapshot);
    }
    deps.changed(run);
    deps.ended(run);
    done.resolve();
  };
  const saveDocument = () => {
    const pid = terminal?.pid;
    const document = intentOf(header, command);
    const ended = status === "ended" && {
      headSeq: writer.headSeq,
      bytes: writer.bytes,
      size,
      ...(pid !== undefined && { pid }),
      ...(exit && { exit }),
    };
    writeRunDocument(folder, ended ? { ...document, ended } : document);
  };

  const processEnded = async (ended: ProcessExit) => {
    processExited.resolve();
    await teardown;
    const pid = terminal?.pid ?? -1;
    const swept = await sweepRun(header.id, pid, noted);
    if (swept > 0) deps.log.info("processes were left and were ended", { runId: header.id, count: swept });
    const signal = ended.signal === undefined ? undefined : signalName(ended.signal);
    const how = ending ?? { end: "exited" as const, by: undefined };
    await finish({
      end: how.end,
      exitCode: ended.exitCode,
      ...(signal && { signal }),
      ...(how.by && { by: how.by }),
    });
  };

  const run: LiveRun = {
    id: header.id,
    runnerId: header.runnerId,
    folder,
    segments: writer.segments,
    prefix: writer.prefix,
    followers,
    ended: done.promise,
    createdAt: header.createdAt,
    get pid() {
      return terminal?.pid;
    },
    get headSeq() {
      return writer.headSeq;
    },
    get ackedSeq() {
      return unacked.ackedSeq;
    },
    get bytes() {
      return writer.bytes;
    },
    get over() {
      return exit !== undefined;
    },
    get finished() {
      return exit !== undefined && (header.visibility === "local" || unacked.ackedSeq >= writer.headSeq);
    },
    get visibility() {
      return header.visibility;
    },
    get lastSnapshot() {
      return lastSnapshot;
    },
    describe: (): KeeperRun => ({
      header,
      status,
      firstSeq: writer.headSeq === 0 ? 0 : 1,
      headSeq: writer.headSeq,
      ackedSeq: unacked.ackedSeq,
      size,
      ...(terminal && { pid: terminal.pid }),
      ...(exit && { exit }),
      lease: {
        leaseEpoch: lease.epoch,
        ...(lease.holder && { holder: lease.holder }),
        ...(lease.connection !== undefined && { connection: lease.connection }),
      },
    }),
    ack(seq) {
      if (!unacked.acked(Math.min(seq, writer.headSeq))) return;
      checkUnacked();
      ackTimer ??= setTimeout(() => {
        ackTimer = undefined;
        writeAckedSeq(folder, unacked.ackedSeq);
      }, ackNoteMs).unref();
    },
    share() {
      header = { ...header, visibility: "team" };
      saveDocument();
      deps.changed(run);
    },
    async snapshot() {
      batch.flush();
      const isFresh = lastSnapshot && outputBytes - bytesAtSnapshot <= snapshotReuseBytes;
      if (lastSnapshot && (isFresh || exit)) return lastSnapshot;
      try {
        return keepPicture(await screen.picture());
      } catch (error) {
        if (lastSnapshot) return lastSnapshot;
        throw error;
      }
    },
    shrink: (maxBytes) => writer.shrink(maxBytes),
    damaged: (segment, offset, reason) =>
      deps.log.error("a log was damaged while it was written", { path: segment.path, offset, reason }),
    input(leaseEpoch, bytes) {
      const into = requireRunning();
      const by = lease.typed(leaseEpoch);
      if (!into.write(bytes)) throw new BatonError("input_not_read");
      notes.typed(by, bytes.length);
      if (status === "needs-you") setStatus("running", { by });
    },
    resize(to, leaseEpoch, by) {
      const from = requireRunning();
      if (leaseEpoch !== undefined) lease.check(leaseEpoch);
      if (to.cols === size.cols && to.rows === size.rows) return;
      size = to;
      record("resize", { cols: to.cols, rows: to.rows, by });
      screen.resize(writer.headSeq, to);
      from.resize(to);
      deps.changed(run);
    },
    takeLease(by, connection, client) {
      requireRunning();
      const epoch = lease.take(by, connection, client);
      leaseChanged();
      return epoch;
    },
    releaseLease(epoch) {
      if (lease.release(epoch)) leaseChanged();
    },
    clientGone(client) {
      if (lease.clientGone(client)) leaseChanged();
    },
    async signal(signal, by) {
      const { pid } = requireRunning();
      deps.log.info("a signal was sent", { runId: header.id, signal, by: by.kind });
      await signalGroup(pid, signal);
    },
    end(end, by, limitMs) {
      if (ending || !terminal || status === "ended") return;
      ending = { end, by };
      const target = { pid: terminal.pid, exited: processExited.promise };
      // A program that is held up could not go, so what it still writes is taken.
      hold("unacked", false);
      online = false;
      teardown = endProcess(target, command.cancelSignals, limitMs).then((found) => {
        noted = found;
      });
      teardown.catch((error: unknown) => deps.log.error("a run could not be ended", { runId: header.id, error: String(error) }));
    },
    setDelivery(isOnline) {
      online = isOnline && !ending;
      checkUnacked();
    },
  };

  record("status", { status: "starting" });
  record("resize", { cols: size.cols, rows: size.rows });
  try {
    terminal = spawnCommand(header.id, command, folder, {
      data,
      ended: (ended) => {
        processEnded(ended).catch((error: unknown) => {
          deps.log.error("the end of a run could not be written", { runId: header.id, error: String(error) });
          done.resolve();
        });
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    record("notice", { level: "error", code: "spawn_failed", params: { reason } });
    finish({ end: "failed" }).catch((failure: unknown) =>
      deps.log.error("a failed start could not be written", { runId: header.id, error: String(failure) }),
    );
    throw error;
  }
  deps.started(run, terminal.pid);
  writeProcess(folder, terminal.pid, deps.now());
  setStatus("running", { pid: terminal.pid });
  if (command.maxRunMs !== undefined) {
    timeLimit = setTimeout(() => run.end("timed-out", system), command.maxRunMs).unref();
  }
  return run;
}

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found ? found[0] : String(number);
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
