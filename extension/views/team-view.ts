import { ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from "vscode";
import { commandIds } from "#extension/commands/ids";
import type { Disposable } from "#extension/disposables";
import type { TeamLink } from "#extension/team/team-links";
import { createRowTree } from "#extension/views/row-tree";
import { iconOf } from "#extension/views/run-icon";
import type { Member, Run, Runner } from "#protocol/documents";
import type { RunView } from "#runner/core/status";
import { runLook } from "#sdk/run-look";

/** The view *Team*: each relay, its runners with what they do, and its members with what they watch here. */
export interface TeamView extends Disposable {
  refresh(): void;
}

type TeamNode =
  | { readonly kind: "relay"; readonly link: TeamLink }
  | { readonly kind: "group"; readonly id: string; readonly label: string; readonly children: readonly TeamNode[] }
  | { readonly kind: "runner"; readonly link: TeamLink; readonly runner: Runner; readonly runs: readonly Run[] }
  | { readonly kind: "team-run"; readonly relay: string; readonly run: Run }
  | { readonly kind: "member"; readonly relay: string; readonly member: Member; readonly watched: readonly string[] };

/** @param own the runs of this window, whose watchers are known */
export function createTeamView(links: () => readonly TeamLink[], own: () => readonly RunView[]): TeamView {
  return createRowTree<TeamNode>("baton.team", {
    nodes: () => links().map((link) => ({ kind: "relay", link })),
    childrenOf: (node) => childrenOf(node, own()),
    itemOf,
  });
}

function childrenOf(node: TeamNode, own: readonly RunView[]): TeamNode[] {
  if (node.kind === "group") return [...node.children];
  if (node.kind === "runner") return node.runs.map((run) => ({ kind: "team-run", relay: relayOf(node.link), run }));
  if (node.kind !== "relay") return [];
  const { link } = node;
  const { team } = link;
  const relay = relayOf(link);
  const open = [...team.runs.values()].filter((run) => run.status !== "ended");
  const runners = [...team.runners.values()].filter((runner) => runner.state !== "revoked");
  const group = (label: string, children: TeamNode[]): TeamNode[] =>
    children.length > 0 ? [{ kind: "group", id: `${relay} ${label}`, label, children }] : [];
  return [
    ...group(
      "Runners",
      runners
        .sort((a, b) => a.body.name.localeCompare(b.body.name))
        .map((runner) => ({ kind: "runner", link, runner, runs: open.filter((run) => run.runnerId === runner.id) })),
    ),
    ...group(
      "Members",
      [...team.members.values()]
        .sort((a, b) => a.name.localeCompare(b.name))
        .map((member) => ({ kind: "member", relay, member, watched: watchedBy(member, own) })),
    ),
  ];
}

const relayOf = (link: TeamLink): string => link.account.relay;

const watchedBy = (member: Member, own: readonly RunView[]): string[] =>
  own
    .filter((run) => run.watchers.some((actor) => "memberId" in actor && actor.memberId === member.id))
    .map((run) => run.run.header.body.title);

const items: { readonly [K in TeamNode["kind"]]: (node: Extract<TeamNode, { kind: K }>) => TreeItem } = {
  relay({ link }) {
    const item = new TreeItem(link.account.team, TreeItemCollapsibleState.Expanded);
    const { phase } = link.connection;
    item.id = relayOf(link);
    item.description = phase === "live" ? `as ${link.account.name}` : phaseTexts[phase];
    item.tooltip = `${relayOf(link)}\nSigned in as ${link.account.name}`;
    item.iconPath = new ThemeIcon(phase === "live" ? "broadcast" : "debug-disconnect");
    item.contextValue = "relay";
    return item;
  },
  group({ id, label, children }) {
    const item = new TreeItem(label, TreeItemCollapsibleState.Expanded);
    item.id = id;
    item.description = String(children.length);
    return item;
  },
  runner({ link, runner, runs }) {
    const item = new TreeItem(
      runner.body.name,
      runs.length > 0 ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.None,
    );
    const owner = link.team.members.get(runner.memberId)?.name;
    const state = runner.reconnecting ? "reconnecting" : runner.state;
    item.id = `${relayOf(link)} ${runner.id}`;
    item.description = [state, owner, runner.body.host].filter(Boolean).join(" · ");
    item.tooltip = `${runner.body.name} on ${runner.body.host}\n${runner.body.folder}`;
    item.iconPath = runnerIcon(state);
    item.contextValue = "runner";
    return item;
  },
  "team-run"({ relay, run }) {
    const item = new TreeItem(run.body.title);
    item.id = `${relay} ${run.id}`;
    const look = runLook(run);
    item.description = [run.agent, look.short ?? look.label].join(" · ");
    item.tooltip = `${run.body.title}\n${run.body.command}\n${run.body.cwd}`;
    item.iconPath = iconOf(look);
    item.contextValue = "run.open.team";
    item.command = { command: commandIds.openRunPanel, title: "Open Run Panel", arguments: [run.id] };
    return item;
  },
  member({ relay, member, watched }) {
    const item = new TreeItem(member.name);
    item.id = `${relay} ${member.id}`;
    item.description = [member.role, watched.length > 0 && `watches ${watched.join(", ")}`].filter(Boolean).join(" · ");
    item.iconPath = new ThemeIcon(watched.length > 0 ? "eye" : "account");
    item.contextValue = "member";
    return item;
  },
};
const itemOf = (node: TeamNode): TreeItem => (items[node.kind] as (node: TeamNode) => TreeItem)(node);

const phaseTexts = {
  connecting: "connecting",
  reconnecting: "reconnecting; shown as it was",
  offline: "not reached; shown as it was",
  denied: "refused this editor",
} as const;

function runnerIcon(state: string): ThemeIcon {
  if (state === "online") return new ThemeIcon("circle-filled", new ThemeColor("testing.iconPassed"));
  return new ThemeIcon(state === "paused" ? "debug-pause" : "circle-outline");
}
