import { lazy, type ReactNode, Suspense, useEffect, useState } from "react";
import type { PreviewId, PromptId, RunId } from "#protocol/ids";
import { Empty, Skeleton } from "../controls/controls";
import { ErrorBoundary } from "../controls/error-boundary";
import { useApp, useNarrow, usePlace } from "../model/hooks";
import type { Place, PlaceName } from "../model/router";
import { needsYouCount } from "../model/run-list";
import { Overlays } from "../palette/overlays";
import { RunView } from "../run/run-view";
import { createTerminalPool } from "../run/terminal-pool";
import { TerminalPoolContext } from "../run/use-terminal";
import { PromptView } from "../runs/prompt-view";
import { RunList } from "../runs/run-list";
import { StartPage } from "../runs/start-page";
import { BottomBar } from "./bottom-bar";
import { ConnectionBar } from "./connection-bar";
import { NoticeList } from "./notice-list";
import { ListHead, Sidebar } from "./sidebar";
import { useKeys } from "./use-keys";

const PreviewPage = lazy(async () => ({ default: (await import("../previews/preview-page")).PreviewPage }));
const SharePage = lazy(async () => ({ default: (await import("../previews/share-page")).SharePage }));
const BuildPage = lazy(async () => ({ default: (await import("../builds/build-page")).BuildPage }));
const RunnersPage = lazy(async () => ({ default: (await import("../pages/runners-page")).RunnersPage }));
const TeamPage = lazy(async () => ({ default: (await import("../pages/team-page")).TeamPage }));
const SettingsPage = lazy(async () => ({ default: (await import("../pages/settings-page")).SettingsPage }));
const PairPage = lazy(async () => ({ default: (await import("../pages/pair-page")).PairPage }));
const SignInPage = lazy(async () => ({ default: (await import("../pages/sign-in-page")).SignInPage }));

/** What a place shows beside the list; on a phone, instead of it. */
const views: Record<PlaceName, (place: Place) => ReactNode> = {
  home: () => <StartPage />,
  new: () => <StartPage />,
  "needs-you": () => <StartPage />,
  run: ({ id }) => <RunView id={id as RunId} tab="terminal" />,
  details: ({ id }) => <RunView id={id as RunId} tab="details" />,
  "run-preview": ({ id }) => <RunView id={id as RunId} tab="preview" />,
  prompt: ({ id }) => <PromptView key={id} id={id as PromptId} />,
  preview: ({ id }) => <PreviewPage id={id as PreviewId} />,
  shared: () => <SharePage />,
  build: () => <BuildPage />,
  runners: () => <RunnersPage />,
  team: () => <TeamPage />,
  settings: () => <SettingsPage />,
  pair: ({ query }) => <PairPage code={query.get("code") ?? ""} />,
  "sign-in": ({ query }) => <SignInPage code={query.get("code") ?? ""} />,
  missing: () => <Empty icon="compass" title="There is nothing at this address" />,
};
/** Places that are the list itself on a phone. */
const listPlaces = new Set<PlaceName>(["home", "needs-you"]);

/** The dashboard of somebody who is signed in. */
export function Shell() {
  const app = useApp();
  const place = usePlace();
  const narrow = useNarrow();
  const [pool] = useState(() => createTerminalPool(app));
  useKeys();
  useEffect(() => () => pool.clear(), [pool]);
  useTitle(place);
  const view = (
    <ErrorBoundary place={place.name + place.id}>
      <Suspense fallback={<Skeleton rows={6} />}>{views[place.name](place)}</Suspense>
    </ErrorBoundary>
  );
  return (
    <TerminalPoolContext value={pool}>
      <div className="app" data-place={place.name}>
        <a className="skip-link" href="#main">
          Skip to the content
        </a>
        <ConnectionBar />
        <div className="columns">
          {!narrow && <Sidebar />}
          {/* At one place in both forms: turning a phone keeps the page of a preview, and what is half written. */}
          <main id="main" className="main" tabIndex={-1}>
            {narrow && listPlaces.has(place.name) ? (
              <>
                <ListHead />
                <RunList onlyNeedsYou={place.name === "needs-you"} />
              </>
            ) : (
              view
            )}
          </main>
        </div>
        {narrow && <BottomBar />}
        <NoticeList />
        <Overlays />
      </div>
    </TerminalPoolContext>
  );
}

const titles: Partial<Record<PlaceName, string>> = {
  shared: "A shared preview",
  build: "Begin with a template",
  runners: "Runners",
  team: "Team",
  settings: "Settings",
  pair: "Pair a runner",
  "sign-in": "Sign an editor in",
  "needs-you": "Needs you",
  new: "New prompt",
};

function useTitle(place: Place): void {
  const { team, account } = useApp();
  useEffect(() => {
    const show = () => {
      const state = team.get();
      const named = state.runs.get(place.id)?.body.title ?? state.previews.get(place.id)?.body.name;
      const title = named ?? titles[place.name];
      const waiting = needsYouCount(state, account.get()?.outbox.get() ?? []);
      document.title = `${waiting > 0 ? `(${waiting}) ` : ""}${title ? `${title} · ` : ""}Baton`;
    };
    show();
    return team.subscribe(show);
  }, [team, account, place]);
}
