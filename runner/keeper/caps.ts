import { maxInputBytes } from "#protocol/caps";

/** Every cap of the keeper, with its unit. Those of the wire stand in `#protocol/caps`. */

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** What tests may lower by flags, so that a cap can be reached in seconds. */
export interface KeeperLimits {
  /** The keeper leaves when no run is running and nobody is connected for this long. */
  readonly idleExitMs: number;
  /** Log of one run; above it the oldest output gives way to a `gap`. */
  readonly maxRunLogBytes: number;
  /** All logs together. */
  readonly maxStoreBytes: number;
  /** A log is cut into files of this size; a file is what gives way at a cap. */
  readonly segmentBytes: number;
  /** The PTY pauses with this much unacknowledged while the relay takes output. */
  readonly maxUnackedBytes: number;
  /** Runs at work at the same time. */
  readonly maxRunningRuns: number;
}

export const defaultLimits: KeeperLimits = {
  idleExitMs: 30_000,
  maxRunLogBytes: 256 * MiB,
  maxStoreBytes: 2 * GiB,
  segmentBytes: 4 * MiB,
  maxUnackedBytes: 16 * MiB,
  maxRunningRuns: 256,
};

/** Ended runs whose log is kept; above it the oldest acknowledged ones go first. */
export const maxEndedRuns = 900;
/** Claims and run ids are remembered for this long, so that nothing is started twice. */
export const rememberMs = 30 * dayMs;
/** An ended run whose log the relay has is kept this long, for a relay that is restored from an older backup. */
export const keepAckedRunMs = 7 * dayMs;
/** How often the store is looked over for what has become old. */
export const sweepEveryMs = 60 * minuteMs;

/** Processes connected to the keeper at the same time. */
export const maxClients = 64;
/** A client that has not said hello by then is closed. */
export const helloTimeoutMs = 5_000;
/** A client that leaves this much unread in its socket is closed; credit keeps an honest one far below. */
export const maxClientBacklogBytes = 64 * MiB;
/** Credit that a client can hold for one run. */
export const maxCreditBytes = 4 * MiB;
/** One run has at most about this much waiting in a client's socket, so that the echo of another is not behind more. */
export const maxUnsentBytes = 256 * KiB;
/** A client that is behind is fed from the log in pieces of this size. */
export const catchUpBytes = 64 * KiB;

/** The terminal emulator is never further behind the PTY than this; beyond, the PTY pauses … */
export const maxScreenLagBytes = 2 * MiB;
/** … until it has come this near. */
export const resumeScreenLagBytes = 1 * MiB;
/** Output goes to the emulator's thread in pieces of this size … */
export const screenPieceBytes = 64 * KiB;
/** … or after this time. */
export const screenPieceMs = 8;
/** The emulator reads this much at once, because most of a flood scrolls away in it and need not be read … */
export const screenReadBytes = 1 * MiB;
/** … or what is there after this time, and whatever is there when it is asked. */
export const screenReadMs = 200;
/** Lines above the screen that the emulator keeps. */
export const screenScrollbackLines = 1_000;
/** A snapshot is made after this much quiet … */
export const snapshotQuietMs = 1_000;
/** … and every so many bytes, but not more often than `snapshotMinIntervalMs`. */
export const snapshotEveryBytes = 1 * MiB;
export const snapshotMinIntervalMs = 1_000;
/** The emulators' thread ends when there was no terminal for this long. */
export const screenWorkerIdleMs = 10_000;
/** From asking the emulator to its answer. */
export const screenAnswerMs = 5_000;

/** Typed bytes that a program has not read yet. */
export const maxPendingInputBytes = 16 * maxInputBytes;
/** A full terminal is tried again after this, doubling up to `maxInputRetryMs`. */
export const inputRetryMs = 2;
export const maxInputRetryMs = 100;
/** After a key, other programs that flood are not read for this long, and then read for at least `keyRestMs`. */
export const keyHoldMs = 8;
export const keyRestMs = 4;
/** A program floods that printed more than this within `floodWindowMs`: 2.5 MiB a second. */
export const floodBytes = 256 * 1024;
export const floodWindowMs = 100;
/** One `input` record stands for this much typing at most. */
export const inputRecordMs = 1_000;
/** A remote taker is refused while the local user typed within this time. */
export const localTypingMs = 2_000;

/** Bytes of one read of a PTY. */
export const readBufferBytes = 64 * KiB;
/** Bytes of an escape sequence that are looked at when it is cut between two reads. */
export const maxHeldSequenceBytes = 1 * KiB;
/** What may be the beginning of the end's announcement waits this long for its rest. */
export const heldOutputMs = 10;
/** After its process has ended a PTY counts as drained when nothing came for this long. */
export const drainQuietMs = 100;
/** … or after this time, when somebody who lives on keeps writing to it. */
export const maxDrainMs = 2_000;

/** Cancel: from SIGINT to the next signal … */
export const interruptGraceMs = 3_000;
/** … where that is SIGHUP, as for a shell, which takes no notice of SIGINT … */
export const interruptThenHangUpGraceMs = 1_000;
/** … from SIGHUP to the next signal … */
export const hangUpGraceMs = 500;
/** … from SIGTERM to SIGKILL … */
export const terminateGraceMs = 10_000;
/** … and in the sweep of what is left, from SIGTERM to SIGKILL. */
export const sweepGraceMs = 1_000;
export const sweepRounds = 5;
/** At its own orderly end the keeper gives its runs this long … */
export const shutdownGraceMs = 3_000;
/** … and then its clients, to read what was sent to them. */
export const clientCloseMs = 500;

/** The end of a run waits this long for the evidence of its runner. */
export const evidenceWaitMs = 3_000;
/** A runner that went away is waited for, at the end of a run, until this long after it went. */
export const witnessReturnMs = 15_000;

/** A full or failing disk is tried again after this. */
export const storeRetryMs = 1_000;
/** Records that wait while the disk is full; output waits in the PTY. */
export const maxWaitingRecords = 1_000;
/** How often what the relay has acknowledged is written down. */
export const ackNoteMs = 2_000;

/** The keeper's own log file; at this size it becomes `keeper.log.1`. */
export const maxOwnLogBytes = 1 * MiB;
/** A lock whose keeper does not listen yet is trusted for this long. */
export const lockTrustMs = 5_000;

/** A list of runs travels in messages of about this size; a single run may be larger, by its prompt. */
export const listPageBytes = 512 * KiB;

/** An agent that prints the id of its session prints it within this much of its first, or last, output. */
export const maxSessionSearchBytes = 64 * KiB;

/** While a dev server starts its ports are looked for this often … */
export const minPortLookMs = 150;
/** … and while nothing happens this often. */
export const maxPortLookMs = 3_000;
/** After output the ports are looked at again after this. */
export const outputPortLookMs = 250;
/** One look by a program of the system takes at most this long. */
export const portLookMs = 5_000;
/** A port that is asked for a page begins to answer within this time; a dev server may build it first. */
export const portAnswerMs = 5_000;
/** A port that has not answered is asked again after this, doubling up to `maxPortAskMs`. */
export const minPortAskMs = 200;
export const maxPortAskMs = 5_000;
/** Ports of one run that are followed. */
export const maxPortsPerRun = 16;
/** A dev server without an open port for this long is told about, once. */
export const silentServerMs = 60_000;
/** Of a line that is not at its end, this much is looked at again with what follows. */
export const maxNamedPortTailBytes = 1 * KiB;

/** The file in which a run's own program says how far it is … */
export const maxStepFileBytes = 1 * MiB;
/** … and one line of it. */
export const maxStepLineBytes = 16 * KiB;
/** It is looked at this often, where the system does not tell of its changes. */
export const stepLookMs = 500;
