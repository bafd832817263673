import { useEffect, useRef } from "react";
import { Icon, IconButton, StateMark } from "../controls/controls";
import { Ago } from "../controls/elapsed";
import { mayCall } from "../model/allowed";
import { isConnected, runnerLook } from "../model/describe";
import { memberName } from "../model/format";
import { useApp, useMe, useNarrow, usePlace, useStore, useTeam } from "../model/hooks";
import { switchTheme } from "../model/theme";
import { openPreviews } from "../previews/open-previews";
import { PreviewList } from "../previews/preview-list";
import { newPath } from "../runs/new-path";
import { RunList } from "../runs/run-list";

export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 18 18" aria-hidden="true">
      <rect x="1.4" y="11" width="16" height="4.6" rx="2.3" transform="rotate(-38 9 9)" className="mark-stick" />
      <rect x="11.2" y="2.3" width="4.6" height="4.6" rx="2.3" className="mark-end" />
    </svg>
  );
}

/** The left column: what there is, what needs a person first. */
export function Sidebar() {
  const place = usePlace();
  return (
    <nav className="side" aria-label="Runs and runners">
      <ListHead />
      <RunList onlyNeedsYou={place.name === "needs-you"} />
      <SidePreviews />
      <SideRunners />
    </nav>
  );
}

/** The name of the product, the few things that are always there, and the search. */
export function ListHead() {
  const app = useApp();
  const narrow = useNarrow();
  const me = useMe();
  const place = usePlace();
  return (
    <>
      <div className="brand">
        <Mark />
        {narrow ? <h1>{place.name === "needs-you" ? "Needs you" : "Baton"}</h1> : <b>Baton</b>}
        <span className="spring" />
        <IconButton icon="organization" label="Team" onClick={() => app.router.go("/team")} />
        <IconButton icon="settings-gear" label="Settings" onClick={() => app.router.go("/settings")} />
        <IconButton icon="color-mode" label="Switch the theme" onClick={() => switchTheme(app.preferences)} />
        {!narrow && mayCall(me, "queuePrompt") && (
          <IconButton icon="add" label="New prompt" shortcut="c" onClick={() => app.router.go(newPath(app))} />
        )}
      </div>
      {place.name !== "needs-you" && <Search />}
    </>
  );
}

function Search() {
  const app = useApp();
  const field = useRef<HTMLInputElement>(null);
  const search = useStore(app.history, (state) => state.search);
  useEffect(() => {
    if (field.current && search === "") field.current.value = "";
  }, [search]);
  return (
    <search className="search">
      <Icon name="search" />
      <input
        id="search"
        ref={field}
        type="search"
        placeholder="Search runs"
        aria-label="Search runs"
        defaultValue={search}
        onChange={(event) => app.history.search(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          app.history.search("");
          event.currentTarget.blur();
        }}
      />
      <kbd>/</kbd>
    </search>
  );
}

function SidePreviews() {
  const previews = openPreviews(useTeam((state) => state));
  if (previews.length === 0) return null;
  return (
    <section className="side-runners" aria-label="Previews">
      <div className="section">
        Previews <span className="count">{previews.length}</span>
      </div>
      <PreviewList previews={previews.slice(0, maxSidePreviews)} />
    </section>
  );
}

const maxSidePreviews = 8;
const maxSideRunners = 5;

function SideRunners() {
  const { router } = useApp();
  const team = useTeam((state) => state);
  const runners = [...team.runners.values()].filter((runner) => runner.state !== "revoked");
  const sorted = runners.sort((a, b) => Number(a.state === "away") - Number(b.state === "away"));
  if (runners.length === 0) return null;
  return (
    <footer className="side-runners">
      <button type="button" className="section link" onClick={() => router.go("/runners")}>
        Runners <span className="count">{runners.length}</span>
      </button>
      {sorted.slice(0, maxSideRunners).map((runner) => {
        const look = runnerLook(runner);
        return (
          <button
            key={runner.id}
            type="button"
            className="row slim"
            title={runner.body.folder}
            onClick={() => router.go("/runners")}
          >
            <StateMark look={look} />
            <span className={`row-title ${isConnected(runner) ? "" : "quiet"}`}>
              {runner.body.name}{" "}
              <span className="quiet">· {memberName(runner.memberId, team.members, team.me?.id)}</span>
            </span>
            <span className="row-aside">
              {runner.state === "away" ? (
                <>
                  away <Ago at={runner.lastSeenAt} />
                </>
              ) : (
                (isConnected(runner) && runner.report?.policy) || look.label
              )}
            </span>
          </button>
        );
      })}
      {runners.length > maxSideRunners && (
        <button type="button" className="row slim quiet" onClick={() => router.go("/runners")}>
          <span />
          <span className="row-title">and {runners.length - maxSideRunners} more</span>
        </button>
      )}
    </footer>
  );
}
