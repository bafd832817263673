import { maxRunnerReportJsonBytes } from "#protocol/caps";
import type { Project, RunnerReport } from "#protocol/documents";
import { jsonBytes } from "#protocol/documents/fields";
import { maxProjects } from "#protocol/documents/project";
import { reportEveryMs } from "#runner/core/caps";
import type { RunnerHost } from "#runner/core/host";
import type { LinkSession } from "#runner/core/link-session";

/** Makes the runner's report: at hello, every now and then, and when somebody asks. */
export interface Reporter {
  make(): Promise<RunnerReport>;
  /** Looks at everything again and sends what it finds. */
  check(): Promise<void>;
  /** Sends what is known, for callers that do not wait; a failure is logged. */
  checkSoon(): void;
  /** @returns a function that ends the regular reports */
  start(): () => void;
}

export function createReporter(
  host: RunnerHost,
  session: () => LinkSession | undefined,
  runningRuns: () => number,
): Reporter {
  const make = async (isFresh = false): Promise<RunnerReport> => {
    const { agents, load, freeDiskBytes, projects } = await host.inspect(isFresh);
    const report: RunnerReport = {
      policy: host.rules.current().policy,
      version: host.version,
      agents,
      ...(load !== undefined && { load }),
      ...(freeDiskBytes !== undefined && { freeDiskBytes }),
      runningRuns: runningRuns(),
      ...(host.tunnels && host.tunnels.via() !== "relay" && { publicPreviews: true }),
      checkedAt: host.clock.now(),
    };
    return projects ? { ...report, projects: fitting(report, projects) } : report;
  };
  const send = async (isFresh: boolean) => {
    const report = await make(isFresh);
    session()?.send({ type: "heartbeat", report });
  };
  const checkSoon = () => {
    send(false).catch((error: unknown) => host.log.warn({ error: String(error) }, "the report could not be made"));
  };
  return {
    make: () => make(),
    check: () => send(true),
    checkSoon,
    start() {
      let cancel: () => void;
      const tick = () => {
        cancel = host.clock.after(reportEveryMs, tick);
        if (session()) checkSoon();
      };
      cancel = host.clock.after(reportEveryMs, tick);
      return () => cancel();
    },
  };
}

/** The first projects that the report has room for: a report that is too large would cut the link. */
function fitting(report: RunnerReport, projects: readonly Project[]): Project[] {
  const kept = projects.slice(0, maxProjects);
  while (kept.length > 0 && jsonBytes({ ...report, projects: kept }) > maxRunnerReportJsonBytes) kept.pop();
  return kept;
}
