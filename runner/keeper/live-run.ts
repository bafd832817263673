import { mkdirSync, rmSync } from "node:fs";
import { type RunEnd, type RunHeader, type RunStatus, type TerminalSize, tunnelAgent } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { KeeperRun, SpawnCommand } from "#protocol/keeper-link";
import type { Actor, Payload } from "#protocol/payloads";
import { recordKinds } from "#protocol/record";
import { createAcknowledged, type Delivery } from "#runner/keeper/acknowledged";
import type { KeeperLimits } from "#runner/keeper/caps";
import { createEvidenceDesk, type EvidenceDesk } from "#runner/keeper/evidence-desk";
import { attempt } from "#runner/keeper/files";
import type { HeldRun, RunFollower } from "#runner/keeper/held-run";
import { createHolds } from "#runner/keeper/holds";
import { createInputNotes } from "#runner/keeper/input-notes";
import type { Printer } from "#runner/keeper/keys-first";
import { createLease } from "#runner/keeper/lease";
import { createLogWriter } from "#runner/keeper/log-writer";
import { startLongTimer } from "#runner/keeper/long-timer";
import type { OwnLog } from "#runner/keeper/own-log";
import { runFiles } from "#runner/keeper/paths";
import { createPrintRate } from "#runner/keeper/print-rate";
import { createRecorder } from "#runner/keeper/recorder";
import { intentOf, writeAckedSeq, writeProcess, writeRunDocument } from "#runner/keeper/run-document";
import { createRunEnding } from "#runner/keeper/run-ending";
import { createRunFacts, type RunFacts } from "#runner/keeper/run-facts";
import { createRunPictures } from "#runner/keeper/run-pictures";
import { createTerminalReader } from "#runner/keeper/run-terminal";
import type { Screens } from "#runner/keeper/screens";
import { createSessionFinder } from "#runner/keeper/session-finder";
import { type PreparedCommand, spawnPrepared } from "#runner/keeper/spawn";
import { signalGroup } from "#runner/keeper/teardown";
import type { ProcessExit, TerminalProcess } from "#runner/keeper/terminal-process";

/** A run at work in this keeper. When it is over it stays as what it left. */
export interface LiveRun extends HeldRun, Printer {
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
  /** Another run keeps a port at a public address, or no longer. */
  reached(port: number, url: string | undefined): void;
  /** @throws BatonError `run_ended` */
  signal(signal: NodeJS.Signals, by: Actor): Promise<void>;
  /**
   * Begins to end the run with everything that belongs to it; `ended` settles when it is done.
   * @param limitMs at most this long for each signal
   */
  end(end: RunEnd, by: Actor, limitMs?: number): void;
  /** Takes down what the run's runner knows of how far it is. @throws BatonError `run_ended` */
  tellStep(step: Payload<"step">): void;
  /** Where the runner says what its editor knows. */
  readonly evidence: EvidenceDesk;
  /** Says whether a relay takes output. Where it takes this run's, its program is held up when too much is waiting. */
  setDelivery(delivery: Delivery | undefined): void;
}

export interface LiveRunDeps {
  readonly limits: KeeperLimits;
  readonly screens: Screens;
  readonly log: OwnLog;
  readonly now: () => number;
  /** There is a log, and soon a process. */
  began(run: LiveRun): void;
  /** The pid is known: the guard is to know it as well. */
  started(run: LiveRun, pid: number): void;
  changed(run: LiveRun): void;
  /** The run keeps a port at a public address, or no longer. */
  tunnelled(run: LiveRun, port: number, url: string | undefined): void;
  /** A key went in. */
  typed(run: LiveRun): void;
  leaseChanged(run: LiveRun): void;
  /** Another segment of a log was begun: there may be too much in all. */
  grown(): void;
  ended(run: LiveRun): void;
}

const system: Actor = { kind: "system" };

/**
 * Starts a run: the intent is durable, then the process is started, then its pid is durable.
 * @param folder the run's own; it is made here
 * @throws BatonError `spawn_failed`; then the run is over, and its log says so
 */
export function startRun(
  deps: LiveRunDeps,
  folder: string,
  startHeader: RunHeader,
  command: SpawnCommand,
  prepared: PreparedCommand,
): LiveRun {
  let header = startHeader;
  const { id } = header;
  const { limits, log } = deps;
  mkdirSync(folder, { mode: 0o700 });
  writeRunDocument(folder, intentOf(header, command));

  const files = runFiles(folder);
  const cannot = (what: string) => (error: NodeJS.ErrnoException) =>
    log.error(`${what} cannot be written`, { runId: id, reason: error.message });
  const writer = createLogWriter({
    ...limits,
    folder,
    runId: id,
    now: deps.now,
    segmentBegun: deps.grown,
    syncFailed: cannot("a log's file"),
  });
  const followers = new Set<RunFollower>();
  const lease = createLease(() => performance.now());
  const ending = createRunEnding(id, command.cancelSignals, log);
  const holds = createHolds((isHeld) => (isHeld ? terminal?.pause() : terminal?.resume()));
  let size = command.size;
  let status: RunStatus = "starting";
  let exit: Payload<"exit"> | undefined;
  let stalled: string | undefined;
  let terminal: TerminalProcess | undefined;
  /** Nothing of it lives any more. */
  let isFinishing = false;
  let stopTimeLimit: (() => void) | undefined;
  let settleEnded: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    settleEnded = resolve;
  });

  const acknowledged = createAcknowledged({
    maxUnackedBytes: limits.maxUnackedBytes,
    header: () => header,
    hold: (isHeld) => holds.set("unacked", isHeld),
    write: (seq) => writeAckedSeq(folder, seq),
  });
  const pictures = createRunPictures(deps.screens, id, size, {
    pictured: (snapshot) => {
      for (const follower of followers) follower.pictured(snapshot);
    },
    behind: (behind) => holds.set("screen", behind),
  });
  const recorder = createRecorder(writer, {
    appended(record) {
      for (const follower of followers) follower.appended(record);
      acknowledged.appended(record.seq, record.message.length);
      if (record.kind === recordKinds.output) pictures.output(record);
    },
    stalled(isStalled, reason) {
      if (isStalled) log.error("a log cannot be written", { runId: id, reason });
      stalled = isStalled ? (reason ?? "unknown") : undefined;
      holds.set("disk", isStalled);
      deps.changed(run);
    },
  });
  const reader = createTerminalReader({
    output: recorder.output,
    answer: (bytes) => void terminal?.write(bytes),
    ask: pictures.ask,
    attention: () => {
      if (status === "running") setStatus("needs-you", { by: system });
    },
    size: () => size,
  });
  const record: typeof recorder.record = (kind, payload) => {
    reader.flush();
    recorder.record(kind, payload);
  };
  const notes = createInputNotes((by, bytes) => record("input", { by, bytes }));
  const setStatus = (to: RunStatus, details: Omit<Payload<"status">, "status"> = {}) => {
    status = to;
    record("status", { status: to, ...details });
    deps.changed(run);
  };
  const requireTerminal = () => {
    if (status === "ended" || !terminal) throw new BatonError("run_ended");
    return terminal;
  };
  const leaseChanged = () => {
    notes.flush();
    deps.leaseChanged(run);
  };
  const saveDocument = () => {
    const pid = terminal?.pid;
    const project = facts.project();
    const summary = exit && {
      ended: {
        ...{ headSeq: writer.headSeq, bytes: writer.bytes, size, exit },
        ...(pid !== undefined && { pid }),
        ...(project && { project }),
      },
    };
    writeRunDocument(folder, { ...intentOf(header, command), ...summary });
  };

  const evidence = createEvidenceDesk(id, (given) => record("evidence", given));
  const facts = createRunFacts({
    ...{ runId: id, folder, command, log, record },
    isTunnel: header.agent === tunnelAgent,
    changed: () => deps.changed(run),
    tunnelled: (port, url) => deps.tunnelled(run, port, url),
  });

  const finish = async (last: Payload<"exit">) => {
    isFinishing = true;
    stopTimeLimit?.();
    facts.last();
    await evidence.last();
    reader.flush();
    notes.flush();
    const snapshot = await pictures.close(files.snapshot, cannot("a picture"));
    status = "ended";
    recorder.record("status", { status: "ended" });
    recorder.record("exit", last);
    exit = last;
    await new Promise<void>((resolve) => recorder.settled(resolve));
    writer.close();
    for (const file of [files.stdin, files.steps]) rmSync(file, { force: true });
    // The log has it all; without this the next keeper reads it through.
    attempt(saveDocument, cannot("how a run ended"));
    if (snapshot) for (const follower of followers) follower.pictured(snapshot);
    deps.changed(run);
  };
  const over = (last: Promise<Payload<"exit">>) => {
    last
      .then(finish)
      .catch((error: unknown) =>
        log.error("the end of a run could not be written", { runId: id, error: String(error) }),
      )
      .finally(() => {
        deps.ended(run);
        settleEnded();
      });
  };
  const session = command.session && createSessionFinder(command.session);
  const rate = createPrintRate(() => performance.now());
  const data = (bytes: Uint8Array) => {
    rate.printed(bytes.length);
    session?.output(bytes);
    if (!rate.floods()) facts.output(bytes);
    reader.data(bytes);
  };
  const processEnded = (how: ProcessExit) =>
    over(
      ending.finish(terminal?.pid ?? -1, how).then((last) => {
        const sessionId = session?.found();
        return { ...last, ...(sessionId !== undefined && { sessionId }) };
      }),
    );

  const run: LiveRun = {
    id,
    runnerId: header.runnerId,
    folder,
    segments: writer.segments,
    prefix: writer.prefix,
    followers,
    evidence,
    ended,
    createdAt: header.createdAt,
    get pid() {
      return terminal?.pid;
    },
    get headSeq() {
      return writer.headSeq;
    },
    get ackedSeq() {
      return acknowledged.seq;
    },
    get bytes() {
      return writer.bytes;
    },
    get over() {
      return exit !== undefined;
    },
    get finished() {
      return exit !== undefined && (header.visibility === "local" || acknowledged.seq >= writer.headSeq);
    },
    get visibility() {
      return header.visibility;
    },
    get lastSnapshot() {
      return pictures.last;
    },
    describe: (): KeeperRun => ({
      header,
      status,
      firstSeq: Math.min(1, writer.headSeq),
      headSeq: writer.headSeq,
      ackedSeq: acknowledged.seq,
      size,
      ...(terminal && { pid: terminal.pid }),
      ...(exit && { exit }),
      ...(stalled !== undefined && { stalled }),
      ...shownFacts(facts),
      lease: lease.describe(),
    }),
    reached: (port, url) => facts.reached(port, url),
    ack: (seq) => acknowledged.upTo(Math.min(seq, writer.headSeq)),
    share(sharedWith) {
      if (header.visibility === "team") return;
      const before = header;
      header = { ...header, visibility: "team", ...(sharedWith && { sharedWith }) };
      try {
        saveDocument();
      } catch (error) {
        header = before;
        throw error;
      }
      acknowledged.headerChanged();
    },
    snapshot() {
      reader.flush();
      return pictures.take();
    },
    shrink: (maxBytes) => writer.shrink(maxBytes),
    damaged: (segment, offset, reason) =>
      log.error("a log was damaged while it was written", { path: segment.path, offset, reason }),
    input(leaseEpoch, bytes) {
      const into = requireTerminal();
      const by = lease.typed(leaseEpoch);
      if (!into.write(bytes)) throw new BatonError("input_not_read");
      notes.typed(by, bytes.length);
      deps.typed(run);
      if (status === "needs-you") setStatus("running", { by });
    },
    resize(to, leaseEpoch, by) {
      const of = requireTerminal();
      if (leaseEpoch !== undefined) lease.check(leaseEpoch);
      if (to.cols === size.cols && to.rows === size.rows) return;
      size = to;
      record("resize", { ...to, by });
      pictures.resize(writer.headSeq, to);
      of.resize(to);
      deps.changed(run);
    },
    takeLease(by, connection, client) {
      requireTerminal();
      const epoch = lease.take(by, connection, client);
      leaseChanged();
      return epoch;
    },
    releaseLease(epoch) {
      if (lease.release(epoch)) leaseChanged();
    },
    clientGone(client) {
      evidence.clientGone(client);
      if (lease.clientGone(client)) leaseChanged();
    },
    async signal(signal, by) {
      const { pid } = requireTerminal();
      log.info("a signal was sent", { runId: id, signal, by: by.kind });
      await signalGroup(pid, signal);
    },
    end(end, by, limitMs) {
      // A keeper that ends itself has little time.
      if (limitMs !== undefined) evidence.close();
      if (!terminal || isFinishing || ending.begun) return;
      // A program that is held up could not go, so what it still writes is taken.
      run.setDelivery(undefined);
      ending.begin(terminal.pid, end, by, limitMs);
    },
    tellStep(step) {
      requireTerminal();
      record("step", step);
    },
    floods: rate.floods,
    letKeysPass: (on) => holds.set("keys", on),
    setDelivery: (delivery) => acknowledged.deliver(ending.begun ? undefined : delivery),
  };

  deps.began(run);
  record("status", { status: "starting" });
  record("resize", { ...size });
  try {
    terminal = spawnPrepared(prepared, { data, ended: processEnded });
  } catch (error) {
    over(Promise.resolve({ end: "failed" }));
    throw error;
  }
  deps.started(run, terminal.pid);
  // The process is there, so the run goes on. Its pid also stands in the log.
  attempt(() => writeProcess(folder, run.pid ?? -1, deps.now()), cannot("a pid"));
  setStatus("running", { pid: terminal.pid });
  facts.started(terminal.pid);
  if (command.maxRunMs !== undefined) {
    stopTimeLimit = startLongTimer(command.maxRunMs, () => run.end("timed-out", system), { keepsProcess: false });
  }
  return run;
}

function shownFacts(facts: RunFacts): Pick<KeeperRun, "ports" | "project" | "step" | "tunnel"> {
  const ports = facts.ports();
  const project = facts.project();
  const step = facts.step();
  const tunnel = facts.tunnel();
  return {
    ...(ports.length > 0 && { ports }),
    ...(project && { project }),
    ...(step && { step }),
    ...(tunnel && { tunnel }),
  };
}
