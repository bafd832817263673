import { maxRunPorts, type Run, type RunHeader } from "#protocol/documents";
import { summaryOf } from "#protocol/evidence";
import { decodePayload, type PayloadKind } from "#protocol/payloads";
import { type LogRecord, recordKindName, recordKinds } from "#protocol/record";

/** A run of which nothing but its header is known. */
export const newRun = (header: RunHeader, now: number): Run => ({
  ...header,
  rev: 0,
  status: "starting",
  headSeq: 0,
  outputBytes: 0,
  receivedAt: now,
});

/**
 * The document after one more record of the log. The document is made from the log alone, so that it can be made
 * again: records at or below its `headSeq` change nothing.
 * @param now by the relay's clock
 */
export function withRecord(run: Run, record: LogRecord, now: number): Run {
  if (record.seq <= run.headSeq) return run;
  const next: Run = { ...run, headSeq: record.seq };
  if (record.kind === recordKinds.output) {
    next.outputBytes = safeSum(next.outputBytes, record.payload.length);
    next.lastOutputAt = now;
    return next;
  }
  const kind = recordKindName(record.kind);
  const apply = kind && (appliers as Partial<Record<string, Applier>>)[kind];
  if (!apply) return next;
  try {
    return { ...next, ...apply(record.payload, record.ts, next) };
  } catch {
    // A payload of a newer form is kept in the log, and says nothing here.
    return next;
  }
}

/** Whether people want to know of this record at once; everything else is counted and shown now and then. */
export const isNews = (record: LogRecord): boolean => {
  const kind = recordKindName(record.kind);
  return kind !== undefined && kind in appliers;
};

/** What a runner says of its own must not make a number that no document can hold. */
const safeSum = (a: number, b: number): number => Math.min(Number.MAX_SAFE_INTEGER, a + b);

type Applier = (payload: Uint8Array, ts: number, run: Run) => Partial<Run>;

const appliers: { readonly [K in PayloadKind]?: Applier } = {
  status: (payload, ts, run) => {
    const { status } = decodePayload("status", payload);
    if (run.status === "ended" || status === "ended") return {};
    return { status, ...(status !== "starting" && run.startedAt === undefined && { startedAt: ts }) };
  },
  resize: (payload) => {
    const { cols, rows } = decodePayload("resize", payload);
    return { size: { cols, rows } };
  },
  gap: (payload, _ts, run) => ({ outputBytes: safeSum(run.outputBytes, decodePayload("gap", payload).bytes) }),
  evidence: (payload, _ts, run) => {
    const evidence = decodePayload("evidence", payload);
    return { evidence: { ...run.evidence, [evidence.at]: summaryOf(evidence) } };
  },
  step: (payload, ts, { steps = [] }) => {
    const step = decodePayload("step", payload);
    const known = steps.find((one) => one.step === step.step);
    const isOver = step.state !== "started";
    // One that begins once more begins anew; one that only says how far it is does not.
    const isAnew = !isOver && known?.endedAt !== undefined;
    const shown = { ...step, startedAt: isAnew ? ts : (known?.startedAt ?? ts), ...(isOver && { endedAt: ts }) };
    return { steps: known ? steps.map((one) => (one === known ? shown : one)) : [...steps, shown] };
  },
  project: (payload, _ts, { project }) => ({ project: project ?? decodePayload("project", payload) }),
  port: (payload, _ts, { ports = [] }) => {
    const port = decodePayload("port", payload);
    const others = ports.filter((one) => one.port !== port.port);
    return { ports: port.state === "closed" ? others : [...others, port].slice(-maxRunPorts) };
  },
  exit: (payload, ts, run) => {
    const { end, exitCode, signal, by, sessionId } = decodePayload("exit", payload);
    return {
      status: "ended",
      end,
      endedAt: ts,
      ...(run.ports && { ports: [] }),
      ...(exitCode !== undefined && { exitCode }),
      ...(signal !== undefined && { signal }),
      ...(end === "cancelled" && by?.memberId && { cancelledBy: by.memberId }),
      ...(sessionId !== undefined && { sessionId }),
    };
  },
};

/** A run whose keeper is dead: nothing will ever be appended to its log. */
export const lostRun = (run: Run, now: number): Run => ({
  ...run,
  status: "ended",
  end: "lost",
  endedAt: now,
  ...(run.ports && { ports: [] }),
});
