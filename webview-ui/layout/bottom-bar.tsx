import type { EndpointName } from "#protocol/api";
import { Icon } from "../controls/controls";
import { mayCall } from "../model/allowed";
import { useApp, useMe, usePlace, useStore, useTeam } from "../model/hooks";
import type { PlaceName } from "../model/router";
import { needsYouCount } from "../model/run-list";
import { newPath } from "../runs/new-path";

const tabs: readonly {
  readonly place: PlaceName;
  readonly path: string;
  readonly icon: string;
  readonly title: string;
  /** The endpoint that it is good for; absent: for everybody. */
  readonly needs?: EndpointName;
}[] = [
  { place: "home", path: "/", icon: "list-unordered", title: "Runs" },
  { place: "needs-you", path: "/needs-you", icon: "question", title: "Needs you" },
  { place: "new", path: "/new", icon: "add", title: "New", needs: "queuePrompt" },
  { place: "runners", path: "/runners", icon: "device-desktop", title: "Runners" },
];

/** The way around on a phone. */
export function BottomBar() {
  const app = useApp();
  const place = usePlace();
  const me = useMe();
  const account = useStore(app.account);
  const waiting = useTeam((state) => needsYouCount(state, account?.outbox.get() ?? []));
  return (
    <nav className="bottom-bar" aria-label="Sections">
      {tabs
        .filter(({ needs }) => !me || !needs || mayCall(me, needs))
        .map((tab) => (
          <button
            key={tab.place}
            type="button"
            aria-current={place.name === tab.place ? "page" : undefined}
            onClick={() => app.router.go(tab.place === "new" ? newPath(app) : tab.path)}
          >
            <span className={tab.place === "needs-you" && waiting > 0 ? "hot" : ""}>
              <Icon name={tab.icon} />
              {tab.place === "needs-you" && waiting > 0 && <span className="bubble">{waiting}</span>}
            </span>
            {tab.title}
          </button>
        ))}
    </nav>
  );
}
