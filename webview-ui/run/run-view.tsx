import { lazy, Suspense, useEffect, useState } from "react";
import type { Run } from "#protocol/documents";
import { errorText } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import { asPeerError, type PeerError } from "#sdk/connection";
import { Steps } from "../builds/steps";
import { Button, ErrorBox, Skeleton } from "../controls/controls";
import { useApp, useDelayed, useStore, useTeam } from "../model/hooks";
import { detailsPath, runPath, runPreviewPath } from "../model/router";
import { previewOfRun } from "../previews/open-previews";
import { FollowUp } from "../runs/composer";
import { DetailsTab } from "./details-tab";
import { RunHeader } from "./run-header";
import { TerminalTab } from "./terminal-tab";
import { useTerminal } from "./use-terminal";

export type RunTab = "terminal" | "preview" | "details";

const PreviewSurface = lazy(async () => ({ default: (await import("../previews/preview-surface")).PreviewSurface }));

/** One run: its header, its tabs, and the composer for what shall happen next. */
export function RunView({ id, tab }: { readonly id: RunId; readonly tab: RunTab }) {
  const run = useTeam((state) => state.runs.get(id));
  const failure = useRead(id, run === undefined);
  const waiting = useDelayed(run === undefined && !failure);
  if (run) return <OpenRun key={id} run={run} tab={tab} />;
  if (failure) return <Missing error={failure} />;
  return waiting ? <Skeleton rows={6} /> : null;
}

function OpenRun({ run, tab: wanted }: { readonly run: Run; readonly tab: RunTab }) {
  const { router, home } = useApp();
  const session = useTerminal(run);
  // In the editor, a preview has a panel of its own.
  const preview = useTeam((state) => (home.isEditor ? undefined : previewOfRun(state, run)));
  const tab = wanted === "preview" && !preview ? "terminal" : wanted;
  const tabs = [
    { id: "terminal", title: "Terminal", path: runPath(run.id) },
    ...(preview ? [{ id: "preview", title: "Preview", path: runPreviewPath(run.id) } as const] : []),
    { id: "details", title: "Details", path: detailsPath(run.id) },
  ] as const;
  const move = (step: number) => {
    const next = tabs[(tabs.findIndex((each) => each.id === tab) + step + tabs.length) % tabs.length];
    if (!next) return;
    router.go(next.path, "replace");
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <article className="run" aria-label={run.body.title}>
      <RunHeader run={run} session={session}>
        <div className="tabs" role="tablist" aria-label="Views of this run">
          {tabs.map((each) => (
            <button
              key={each.id}
              id={`tab-${each.id}`}
              type="button"
              role="tab"
              aria-selected={tab === each.id}
              aria-controls="run-panel"
              tabIndex={tab === each.id ? 0 : -1}
              onClick={() => router.go(each.path, "replace")}
              onKeyDown={(event) => {
                if (event.key === "ArrowRight") move(1);
                if (event.key === "ArrowLeft") move(-1);
              }}
            >
              {each.title}
            </button>
          ))}
        </div>
      </RunHeader>
      <Steps run={run} />
      <div className="run-panel" id="run-panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
        {tab === "terminal" && <TerminalTab run={run} session={session} />}
        {tab === "preview" && preview && (
          <Suspense fallback={<Skeleton rows={6} />}>
            <PreviewSurface key={preview.id} preview={preview} />
          </Suspense>
        )}
        {tab === "details" && <DetailsTab run={run} session={session} />}
      </div>
      {!home.isLocal && <FollowUp run={run} />}
    </article>
  );
}

/** Reads a run that is not among the ones held: an old one, opened by its address. */
function useRead(id: RunId, missing: boolean): PeerError | undefined {
  const app = useApp();
  const live = useStore(app.connection.state, (state) => state.phase === "live");
  const [error, setError] = useState<PeerError>();
  useEffect(() => {
    if (!missing || !live) return;
    let left = false;
    setError(undefined);
    app.client.call("readRun", { params: { id } }).then(
      (run) => app.team.put({ runs: [run] }),
      (thrown) => {
        if (!left) setError(asPeerError(thrown));
      },
    );
    return () => {
      left = true;
    };
  }, [app, id, missing, live]);
  return error;
}

export function Missing({ error }: { readonly error: PeerError }) {
  const { router } = useApp();
  return (
    <div className="page">
      <h1 className="page-title">This cannot be shown</h1>
      <ErrorBox text={errorText(error)}>
        <Button onClick={() => router.go("/")}>Show all runs</Button>
      </ErrorBox>
    </div>
  );
}
