import { type ReactNode, useEffect } from "react";
import { Invited, SignedOut, Unreachable } from "./account/sign-in";
import { Skeleton } from "./controls/controls";
import { Shell } from "./layout/shell";
import type { App } from "./model/app-model";
import { AppContext, useApp, useDelayed, useStore } from "./model/hooks";
import type { SessionState } from "./model/session";

const screens: Record<SessionState["phase"], () => ReactNode> = {
  loading: () => <Loading />,
  "signed-out": () => <SignedOut />,
  unreachable: () => <Unreachable />,
  invited: () => <Invited />,
  "signed-in": () => <Shell />,
};

export function AppView({ app }: { readonly app: App }) {
  return (
    <AppContext value={app}>
      <Gate />
    </AppContext>
  );
}

/** Nothing but signing in is shown to somebody who is not signed in. */
function Gate() {
  const { session } = useApp();
  const phase = useStore(session, (state) => state.phase);
  useEffect(() => {
    void session.begin();
  }, [session]);
  return screens[phase]();
}

function Loading() {
  const shown = useDelayed(true);
  return shown ? (
    <main className="card-page">
      <h1 className="sr-only">Baton</h1>
      <Skeleton rows={4} />
    </main>
  ) : null;
}
