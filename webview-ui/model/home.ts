import type { ResponseOf } from "#protocol/api";
import type { Preview, Run } from "#protocol/documents";
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
  /** Origins of this page and of those around it, where a preview's frame stands in another page than the dashboard. */
  readonly around: readonly string[];
  /** Whether this page may show a preview's frame; where it may not, it has seen to it that there is one which may. */
  mayFrame(entry: ResponseOf<"enterPreview">): boolean;
  /** Opens a preview outside of this page. */
  openPreview(preview: Preview): Promise<void>;
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
    around: [],
    mayFrame: () => true,
    async openPreview({ id }) {
      // The tab is opened by the press itself, and must not be able to reach this page.
      const tab = window.open("", "_blank");
      if (tab) tab.opener = null;
      try {
        const { url } = await client.call("enterPreview", { params: { id } });
        if (tab) tab.location.href = url;
      } catch (error) {
        tab?.close();
        throw error;
      }
    },
  };
}
