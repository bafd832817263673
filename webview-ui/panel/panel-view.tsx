import { type ReactNode, useEffect, useState } from "react";
import { errorText } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import { Button, Empty, ErrorBox, Skeleton } from "../controls/controls";
import { ErrorBoundary } from "../controls/error-boundary";
import { ConnectionBar } from "../layout/connection-bar";
import { NoticeList } from "../layout/notice-list";
import type { App } from "../model/app-model";
import { AppContext, useApp, useDelayed, usePlace, useStore, useTeam } from "../model/hooks";
import type { SessionState } from "../model/session";
import { CancelDialog } from "../palette/cancel-dialog";
import { RunView } from "../run/run-view";
import { createTerminalPool } from "../run/terminal-pool";
import { TerminalPoolContext } from "../run/use-terminal";
import { usePanelKeys } from "./use-panel-keys";

interface PanelProps {
  readonly runId: RunId;
  readonly signIn: () => void;
  /** Told the run's title, for the tab of the panel. */
  readonly titled: (title: string) => void;
}

/** The view of one run, in a panel of the editor. */
export function PanelView({ app, ...props }: PanelProps & { readonly app: App }) {
  return (
    <AppContext value={app}>
      <Gate {...props} />
    </AppContext>
  );
}

function Gate({ runId, signIn, titled }: PanelProps) {
  const { session, connection } = useApp();
  const state = useStore(session);
  useEffect(() => {
    void session.begin();
  }, [session]);
  const screens: Record<SessionState["phase"], () => ReactNode> = {
    loading: () => <Loading />,
    "signed-in": () => <Run runId={runId} titled={titled} />,
    "signed-out": () => <SignedOut signIn={signIn} />,
    invited: () => null,
    unreachable: () => (
      <main className="page">
        <h1 className="page-title">The relay does not answer</h1>
        <ErrorBox text={state.phase === "unreachable" ? errorText(state.error) : ""}>
          <Button look="primary" onClick={() => void session.ask()}>
            Try again
          </Button>
        </ErrorBox>
      </main>
    ),
  };
  useRetry(state.phase === "unreachable", session.ask);
  useEffect(() => () => connection.stop(), [connection]);
  return screens[state.phase]();
}

/** Asks again by itself, so that a relay that comes back needs nobody at the screen. */
function useRetry(isWanted: boolean, retry: () => Promise<void>): void {
  useEffect(() => {
    if (!isWanted) return;
    const timer = setTimeout(() => void retry(), retryMs);
    return () => clearTimeout(timer);
  });
}
const retryMs = 5_000;

function Loading() {
  const shown = useDelayed(true);
  return shown ? <Skeleton rows={6} /> : null;
}

function SignedOut({ signIn }: Pick<PanelProps, "signIn">) {
  return (
    <main className="panel-center">
      <Empty icon="account" title="This editor is not signed in to the relay">
        The run goes on. Sign in to watch it here.
        <Button look="primary" onClick={signIn}>
          Sign In
        </Button>
      </Empty>
    </main>
  );
}

function Run({ runId, titled }: Omit<PanelProps, "signIn">) {
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
