import type { EditorFolder } from "#extension/folder";
import type { Folders } from "#extension/folders";
import type { TeamLinks } from "#extension/team/team-links";
import type { Run } from "#protocol/documents";
import { RunId } from "#protocol/ids";
import type { RunView } from "#runner/core/status";

/** A run that the relay knows, and where it works if that is here. */
export interface TeamRun {
  readonly relay: string;
  readonly runId: RunId;
  readonly title: string;
  readonly agent: string;
  readonly folder: EditorFolder | undefined;
  /** As the relay has it; absent while it has not told of it. */
  readonly run: Run | undefined;
}

/**
 * The runs that can be watched over a relay where somebody is signed in: those of this window, and the open ones of
 * the team.
 */
export function teamRuns(folders: Folders, links: TeamLinks): TeamRun[] {
  const runs = new Map<RunId, TeamRun>();
  for (const { account, team } of links.all()) {
    for (const run of team.runs.values()) {
      if (run.status !== "ended") runs.set(run.id, toTeamRun(account.relay, run));
    }
  }
  for (const folder of folders.all()) {
    const relay = folder.pairing()?.relay;
    const link = relay === undefined ? undefined : links.of(relay);
    if (relay === undefined || !link) continue;
    for (const { runId, run } of folder.status().runs.filter(isShared)) {
      const { agent, body } = run.header;
      runs.set(runId, { relay, runId, title: body.title, agent, folder, run: link.team.runs.get(runId) });
    }
  }
  return [...runs.values()];
}

export const isShared = ({ run }: RunView): boolean => run.header.visibility === "team";

const toTeamRun = (relay: string, run: Run): TeamRun => ({
  relay,
  runId: run.id,
  title: run.body.title,
  agent: run.agent,
  folder: undefined,
  run,
});

/** The id that a command was called with: as text, in the node of a view, or not at all. */
export function givenRunId(given: unknown): RunId | undefined {
  const { run } = (given ?? {}) as { run?: { runId?: unknown; id?: unknown } };
  const parsed = RunId.safeParse(typeof given === "string" ? given : (run?.runId ?? run?.id));
  return parsed.success ? parsed.data : undefined;
}
