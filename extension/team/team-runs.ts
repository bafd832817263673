import type { EditorFolder } from "#extension/folder";
import type { Folders } from "#extension/folders";
import type { TeamLinks } from "#extension/team/team-links";
import type { Run } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import { localPlace } from "#protocol/panel-link";
import type { RunView } from "#runner/core/status";

/** A run that can be looked at, and where it works if that is here. */
export interface TeamRun {
  /** Its address; `localPlace` where the run is shown from its keeper. */
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
    for (const { runId, run } of folder.status().runs.filter(isShared)) {
      const { agent, body, sharedWith } = run.header;
      // A folder may have changed its relay since; the run has not.
      const relay = sharedWith?.url ?? folder.pairing()?.relay;
      const link = relay === undefined ? undefined : links.of(relay);
      if (relay === undefined || !link) continue;
      runs.set(runId, { relay, runId, title: body.title, agent, folder, run: link.team.runs.get(runId) });
    }
  }
  return [...runs.values()];
}

/**
 * The runs that a panel can show: those that can be watched over a relay, and the other ones of this window, which
 * their keeper shows.
 */
export function shownRuns(folders: Folders, links: TeamLinks): TeamRun[] {
  const watched = teamRuns(folders, links);
  const ids = new Set(watched.map(({ runId }) => runId));
  const own = folders.all().flatMap((folder) => folder.status().runs.map((view) => ({ folder, ...view })));
  return [
    ...watched,
    ...own
      .filter(({ runId }) => !ids.has(runId))
      .map(({ folder, runId, run: { header } }) => ({
        ...{ relay: localPlace, runId, title: header.body.title, agent: header.agent, folder, run: undefined },
      })),
  ];
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
