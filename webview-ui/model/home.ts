import type { Run } from "#protocol/documents";
import type { PanelFile } from "#protocol/panel-link";
import type { Client } from "#sdk/client";
import { createStore, type Readable } from "#sdk/vanilla-store";
import { createRouter, type Router } from "./router";

/** What differs between a browser's page and a panel of the editor. */
export interface Home {
  readonly isEditor: boolean;
  /** The run is shown from its keeper and is on no relay, so there is no queue and no link. */
  readonly isLocal: boolean;
  readonly router: Router;
  /** Whether somebody can see the page. */
  readonly visible: Readable<boolean>;
  /** Saves the output of a run as a file. */
  save(run: Run, file: PanelFile): Promise<void>;
  reload(): void;
}

const endings: Record<PanelFile, string> = { readLog: "log", readCast: "cast" };

/** The dashboard's page in a browser. */
export function browserHome(client: Client, window: Window): Home {
  const { document } = window;
  const isVisible = () => document.visibilityState === "visible";
  const visible = createStore(isVisible());
  document.addEventListener("visibilitychange", () => visible.set(isVisible()));
  return {
    isEditor: false,
    isLocal: false,
    router: createRouter(window),
    visible,
    /** The browser fetches the file by itself, so that its size does not matter; the session is fresh by then. */
    async save(run, file) {
      await client.call("readSession");
      const link = document.createElement("a");
      link.href = client.url(file, { params: { id: run.id } });
      link.download = `${run.id}.${endings[file]}`;
      link.click();
    },
    reload: () => window.location.reload(),
  };
}
