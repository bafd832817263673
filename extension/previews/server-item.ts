import { ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from "vscode";
import { commandIds } from "#extension/commands/ids";
import { isLocalRun } from "#extension/overview";
import {
  type ServerState,
  type ShownServer,
  serverName,
  serverState,
  serverStateText,
} from "#extension/previews/shown-servers";

/** The row of a dev server. @param isShown whether rows of what the team is shown of it stand below */
export function serverItem({ server }: ShownServer, isShown: boolean): TreeItem {
  const { header } = server.run;
  const state = serverState(server.run);
  const { Expanded, None } = TreeItemCollapsibleState;
  const item = new TreeItem(serverName(server.run), isShown ? Expanded : None);
  // Only a row that is new to the editor begins open.
  item.id = isShown ? `${server.runId} shown` : server.runId;
  item.description = [serverStateText(state), isLocalRun(server) && "only here", header.body.title]
    .filter(Boolean)
    .join(" · ");
  item.tooltip = `${header.body.title}\n${header.body.cwd}\n${stateSentences[state.state]}`;
  item.iconPath = icons[state.state];
  item.contextValue = `server.${state.state}`;
  const isReady = state.state === "ready";
  item.command = {
    command: isReady ? commandIds.openServer : commandIds.showRun,
    title: isReady ? "Open Dev Server" : "Show Log",
    arguments: [server.runId],
  };
  return item;
}

const icons: Readonly<Record<ServerState["state"], ThemeIcon>> = {
  starting: new ThemeIcon("sync~spin"),
  restarting: new ThemeIcon("sync~spin", new ThemeColor("list.warningForeground")),
  ready: new ThemeIcon("vm-running", new ThemeColor("testing.iconPassed")),
};

const stateSentences: Readonly<Record<ServerState["state"], string>> = {
  starting: "No port of it has answered yet.",
  restarting: "It has ended with an error, and is started again.",
  ready: "Its port answers.",
};
