import { useEffect, useState } from "react";
import type { RunId } from "#protocol/ids";
import { ErrorBoundary } from "../controls/error-boundary";
import { ConnectionBar } from "../layout/connection-bar";
import { NoticeList } from "../layout/notice-list";
import { useApp, usePlace, useStore, useTeam } from "../model/hooks";
import { CancelDialog } from "../palette/cancel-dialog";
import { RunView } from "../run/run-view";
import { createTerminalPool } from "../run/terminal-pool";
import { TerminalPoolContext } from "../run/use-terminal";
import { usePanelKeys } from "./use-panel-keys";

interface RunPanelProps {
  readonly runId: RunId;
  /** Told the run's title, for the tab of the panel. */
  readonly titled: (title: string) => void;
}

/** The view of one run, in a panel of the editor. */
export function RunPanel({ runId, titled }: RunPanelProps) {
  const app = useApp();
  const place = usePlace();
  const overlay = useStore(app.overlay);
  const [pool] = useState(() => createTerminalPool(app));
  useEffect(() => () => pool.clear(), [pool]);
  usePanelKeys();
  const title = useTeam((state) => state.runs.get(runId)?.body.title);
  useEffect(() => {
    if (title) titled(title);
  }, [title, titled]);
  return (
    <TerminalPoolContext value={pool}>
      <div className="app">
        <ConnectionBar />
        <main id="main" className="main" tabIndex={-1}>
          <ErrorBoundary place={place.name}>
            <RunView id={runId} tab={place.name === "details" ? "details" : "terminal"} />
          </ErrorBoundary>
        </main>
        <NoticeList />
        {overlay === "cancel" && <CancelDialog onClose={() => app.overlay.set("none")} />}
      </div>
    </TerminalPoolContext>
  );
}
