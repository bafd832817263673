import { type ReactNode, useEffect } from "react";
import { errorText } from "#protocol/errors";
import { Button, Empty, ErrorBox, Skeleton } from "../controls/controls";
import type { App } from "../model/app-model";
import { AppContext, useApp, useDelayed, useStore } from "../model/hooks";
import type { SessionState } from "../model/session";

interface PanelProps {
  readonly signIn: () => void;
  /** What it shows; else a preview. */
  readonly isRun: boolean;
  /** For somebody who is signed in. */
  readonly children: ReactNode;
}

/** One thing of a relay, in a panel of the editor. */
export function PanelView({ app, ...props }: PanelProps & { readonly app: App }) {
  return (
    <AppContext value={app}>
      <Gate {...props} />
    </AppContext>
  );
}

function Gate({ signIn, isRun, children }: PanelProps) {
  const { session, connection } = useApp();
  const state = useStore(session);
  useEffect(() => {
    void session.begin();
  }, [session]);
  const screens: Record<SessionState["phase"], () => ReactNode> = {
    loading: () => <Loading />,
    "signed-in": () => children,
    "signed-out": () => <SignedOut signIn={signIn} isRun={isRun} />,
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

function SignedOut({ signIn, isRun }: Pick<PanelProps, "signIn" | "isRun">) {
  return (
    <main className="panel-center">
      <Empty icon="account" title="This editor is not signed in to the relay">
        {isRun ? "The run goes on. Sign in to watch it here." : "Sign in to see the preview here."}
        <Button look="primary" onClick={signIn}>
          Sign In
        </Button>
      </Empty>
    </main>
  );
}
