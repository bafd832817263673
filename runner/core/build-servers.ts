import type { Project } from "#protocol/documents";
import { devServerAgent } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { buildServerMs } from "#runner/core/caps";
import type { RunnerHost, RunnerRules } from "#runner/core/host";
import type { Runs } from "#runner/core/runs";
import type { Sharing } from "#runner/core/sharing";
import type { HandStart } from "#runner/core/start-by-hand";

interface BuildServersDeps {
  readonly host: Pick<RunnerHost, "clock" | "log" | "rules" | "trusted">;
  readonly runs: Pick<Runs, "all" | "get">;
  readonly sharing: Pick<Sharing, "includes">;
  start(wish: HandStart): Promise<unknown>;
}

/** Starts the servers that builds have asked for, when their agents are done. */
export interface BuildServers {
  /** To be called when runs have changed. */
  reconcile(): void;
}

/**
 * The server of a build has an id that follows from the build's: a window that was loaded again may ask for it a second
 * time, and the keeper, which remembers what it has started, starts it once.
 */
export function createBuildServers({ host, runs, sharing, start }: BuildServersDeps): BuildServers {
  const asked = new Set<RunId>();

  /** Nobody is there to be asked for another port, and what is at the usual one may be another build. */
  const startSomewhere = async (wish: HandStart) => {
    try {
      await start(wish);
    } catch (error) {
      const free = error instanceof BatonError && error.code === "port_taken" ? Number(error.params.free) : undefined;
      if (free === undefined) throw error;
      await start({ ...wish, server: { restarts: false, port: free } });
    }
  };

  return {
    reconcile() {
      if (!host.trusted() || host.rules.current().policy === "paused") return;
      for (const { run } of runs.all()) {
        const { header, project } = run;
        const runId = serverRunId(header.id);
        if (asked.has(runId) || runs.get(runId) || !isDone(run) || !project?.command) continue;
        if (host.clock.now() - header.createdAt > buildServerMs) continue;
        const isTeams = header.visibility === "team";
        if (isTeams && !sharing.includes(header)) continue;
        if (header.promptId !== undefined && !isAllowed(host.rules.current())) continue;
        asked.add(runId);
        startSomewhere({ ...wishOf(run, project.command, project), runId }).catch((error: unknown) => {
          host.log.warn({ run: header.id, reason: String(error) }, "the server of a build could not be started");
        });
      }
    },
  };
}

const isAllowed = ({ allowedAgents }: RunnerRules): boolean =>
  allowedAgents === undefined || allowedAgents.includes(devServerAgent);

const isDone = ({ header, exit }: KeeperRun): boolean =>
  header.build?.start === true && exit?.end === "exited" && exit.exitCode === 0;

/** The line comes from a log that the build's own programs can write into, so the host looks whether it is there. */
const wishOf = ({ header }: KeeperRun, command: string, { folder, name }: Project): HandStart => ({
  ...{ agent: devServerAgent, mode: "interactive", access: "full" },
  ...{ text: command, name, folder, threadId: header.threadId, visibility: header.visibility },
  ...(header.memberId !== undefined && { memberId: header.memberId }),
  server: { restarts: false },
  approved: false,
});

/** The same moment of birth, and digits that are turned around: nothing else has it. */
export const serverRunId = (buildId: RunId): RunId => {
  const at = buildId.length - 12;
  return `${buildId.slice(0, at)}${[...buildId.slice(at)].map((digit) => (15 - Number.parseInt(digit, 16)).toString(16)).join("")}`;
};
