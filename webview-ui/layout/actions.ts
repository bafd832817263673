import { canBeCancelled, mayCall, mayCancelRun } from "../model/allowed";
import type { App } from "../model/app-model";
import { detailsPath, type PlaceName, runPath } from "../model/router";
import { listRows } from "../model/run-list";
import { switchTheme } from "../model/theme";
import { newPath } from "../runs/new-path";

/** Something that a person can do from anywhere: by its key, or from the palette. */
export interface Action {
  readonly id: string;
  readonly title: string;
  readonly icon: string;
  /** A single key, without Ctrl or ⌘, while nothing is being typed. */
  readonly key?: string;
  /** Absent: always. Only what can be done now is offered. */
  readonly when?: (app: App) => boolean;
  /** Too small a step for the palette. */
  readonly keyOnly?: boolean;
  readonly run: (app: App) => void;
}

const runPlaces = new Set<PlaceName>(["run", "run-preview", "details"]);
export const openRun = (app: App) => {
  const place = app.router.get();
  return runPlaces.has(place.name) ? app.team.get().runs.get(place.id) : undefined;
};
const focus = (selector: string) => {
  const there = document.querySelector<HTMLElement>(selector);
  if (there) return there.focus();
  // It may be on the place that was opened just now.
  requestAnimationFrame(() => document.querySelector<HTMLElement>(selector)?.focus());
};

export const actions: readonly Action[] = [
  {
    id: "compose",
    title: "New prompt",
    icon: "add",
    key: "c",
    when: (app) => mayCall(app.team.get().me, "queuePrompt"),
    run(app) {
      if (!openRun(app)) app.router.go(newPath(app));
      focus("#composer");
    },
  },
  { id: "search", title: "Search runs", icon: "search", key: "/", run: () => focus("#search") },
  { id: "down", title: "Next run", icon: "arrow-down", key: "j", keyOnly: true, run: (app) => step(app, 1) },
  { id: "up", title: "Previous run", icon: "arrow-up", key: "k", keyOnly: true, run: (app) => step(app, -1) },
  {
    id: "cancel",
    title: "Cancel this run…",
    icon: "debug-stop",
    key: "x",
    when: (app) => {
      const run = openRun(app);
      const isLive = app.connection.state.get().phase === "live";
      return run !== undefined && isLive && canBeCancelled(run) && mayCancelRun(app.team.get().me, run);
    },
    run(app) {
      app.overlay.set("cancel");
    },
  },
  {
    id: "terminal",
    title: "Show the terminal",
    icon: "terminal",
    key: "t",
    when: (app) => openRun(app) !== undefined,
    run(app) {
      app.router.go(runPath(app.router.get().id), "replace");
      focus(".xterm-helper-textarea");
    },
  },
  {
    id: "details",
    title: "Show the details of this run",
    icon: "info",
    when: (app) => app.router.get().name === "run",
    run: (app) => app.router.go(detailsPath(app.router.get().id), "replace"),
  },
  { id: "home", title: "All runs", icon: "list-unordered", run: (app) => app.router.go("/") },
  { id: "runners", title: "Runners", icon: "device-desktop", run: (app) => app.router.go("/runners") },
  { id: "team", title: "Team", icon: "organization", run: (app) => app.router.go("/team") },
  {
    id: "invite",
    title: "Invite somebody",
    icon: "person-add",
    when: (app) => mayCall(app.team.get().me, "invite"),
    run: (app) => app.router.go("/team"),
  },
  { id: "settings", title: "Settings", icon: "settings-gear", run: (app) => app.router.go("/settings") },
  { id: "theme", title: "Switch the theme", icon: "color-mode", run: (app) => switchTheme(app.preferences) },
  { id: "keys", title: "All keys", icon: "keyboard", key: "?", run: (app) => app.overlay.set("keys") },
  {
    id: "sign-out",
    title: "Sign out",
    icon: "sign-out",
    run: (app) => void app.attempt(() => app.session.signOut()),
  },
];

export const isPossible = (app: App, action: Action): boolean => action.when?.(app) ?? true;

/** Opens the run after or before the open one, in the order of the list. */
function step(app: App, by: number): void {
  const outbox = app.account.get()?.outbox.get() ?? [];
  const rows = listRows({ team: app.team.get(), outbox, history: app.history.get(), now: Date.now() });
  const paths = rows.flatMap((row) => ("path" in row ? [row.path] : []));
  const { id } = app.router.get();
  const at = paths.findIndex((path) => id !== "" && path.endsWith(id));
  const next = at < 0 ? (by > 0 ? paths[0] : paths.at(-1)) : paths[at + by];
  if (!next) return;
  app.router.go(next, "replace");
  requestAnimationFrame(() => document.querySelector<HTMLElement>(".row.selected")?.focus());
}
