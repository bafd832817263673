import { basename } from "node:path";
import type { EditorFolder } from "#extension/folder";
import type { Folders } from "#extension/folders";
import { isOpenRun } from "#extension/overview";
import { devServerAgent } from "#protocol/documents";
import type { KeeperRun } from "#protocol/keeper-link";
import type { RunView } from "#runner/core/status";

/** A dev server of this window. */
export interface ShownServer {
  readonly server: RunView;
  readonly folder: EditorFolder;
}

/** Those that are at work, newest first. */
export const shownServers = (folders: Pick<Folders, "all">): ShownServer[] =>
  folders.all().flatMap((folder) =>
    folder
      .status()
      .runs.filter((run) => isOpenRun(run) && run.run.header.agent === devServerAgent)
      .map((server) => ({ server, folder })),
  );

/** What it is called where its state stands beside it: the folder that it serves. */
export const serverName = ({ header }: Pick<KeeperRun, "header">): string =>
  basename(header.body.cwd) || header.body.title;

/** How far a server is: it is ready when a port of it has answered. */
export type ServerState =
  | { readonly state: "starting" | "restarting" }
  | { readonly state: "ready"; readonly port: number };

export function serverState({ ports = [], step }: Pick<KeeperRun, "ports" | "step">): ServerState {
  const ready = ports.find(({ state }) => state === "ready");
  if (ready) return { state: "ready", port: ready.port };
  return { state: step?.step === "restart" && step.state === "started" ? "restarting" : "starting" };
}

/** As a person reads it. */
export const serverStateText = (state: ServerState): string =>
  state.state === "ready" ? `ready at ${state.port}` : state.state;

export const isReadyServer = ({ server }: ShownServer): boolean => serverState(server.run).state === "ready";
