import type { Run, RunEnd } from "#protocol/documents";

export type Tone = "live" | "ok" | "warn" | "error" | "quiet";

/** How a state looks and reads, in rows, headers and for screen readers. */
export interface StateLook {
  readonly label: string;
  /** The same where there is little room. */
  readonly short?: string;
  readonly tone: Tone;
  /** A codicon; absent: a dot. */
  readonly icon?: string;
}

/** What of a run makes its look; a keeper's run has as much as a relay's. */
export type RunFacts = Pick<Run, "status" | "end" | "exitCode" | "signal" | "away">;

const endLooks: Record<RunEnd, (run: RunFacts) => StateLook> = {
  exited: (run) =>
    run.signal !== undefined
      ? endedBySignal(run.signal)
      : run.exitCode === 0 || run.exitCode === undefined
        ? { label: "done", tone: "ok", icon: "pass" }
        : { label: `exit ${run.exitCode}`, tone: "error", icon: "error" },
  cancelled: () => ({ label: "cancelled", tone: "quiet", icon: "circle-slash" }),
  "timed-out": () => ({ label: "timed out", tone: "error", icon: "watch" }),
  lost: () => ({ label: "lost", tone: "error", icon: "debug-disconnect" }),
  failed: () => ({ label: "failed", tone: "error", icon: "error" }),
};

/** Signals by which somebody asks a program to end; any other one is a crash. */
const politeSignals = new Set(["SIGINT", "SIGTERM", "SIGHUP"]);
const endedBySignal = (signal: string): StateLook =>
  politeSignals.has(signal)
    ? { label: `ended by ${signal}`, short: signal, tone: "quiet", icon: "circle-slash" }
    : { label: `ended by ${signal}`, short: signal, tone: "error", icon: "error" };

/** A run's state. While its runner is away it is shown as away, not as ended. */
export function runLook(run: RunFacts): StateLook {
  if (run.status === "ended") return endLooks[run.end ?? "exited"](run);
  if (run.away) return { label: "away", tone: "quiet", icon: "debug-disconnect" };
  if (run.status === "needs-you") return { label: "needs you", tone: "warn", icon: "question" };
  return { label: run.status, tone: "live" };
}
