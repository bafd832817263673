import type { Member } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import type { Client } from "#sdk/client";
import { isSignedOut } from "#sdk/client";
import { type Connection, createConnection } from "#sdk/connection";
import { createDrafts, type Drafts } from "#sdk/drafts";
import { createOutbox, type KeyValueStorage, type Outbox } from "#sdk/outbox";
import { createTeamStore, type TeamStore } from "#sdk/team-store";
import { createStore, type Readable, type Store } from "#sdk/vanilla-store";
import { createHistory, type History } from "./history";
import { browserHome, type Home } from "./home";
import { createNotices, type Notices } from "./notices";
import { createPreferences, type PreferenceStore } from "./preferences";
import { promptPath, type Router } from "./router";
import { createSession, type Session } from "./session";

/** What belongs to one account in this browser. */
export interface Account {
  readonly outbox: Outbox;
  readonly drafts: Drafts;
}

/** `cancel` asks before the open run is cancelled. */
export type Overlay = "none" | "palette" | "keys" | "cancel";

/** Everything behind the screens. One a page. */
export interface App {
  readonly client: Client;
  readonly connection: Connection;
  readonly team: TeamStore;
  readonly history: History;
  readonly session: Session;
  readonly home: Home;
  readonly account: Readable<Account | undefined>;
  readonly preferences: PreferenceStore;
  readonly notices: Notices;
  readonly router: Router;
  readonly overlay: Store<Overlay>;
  /** Runs whose end was asked for here. */
  readonly cancelling: Store<ReadonlySet<RunId>>;
  /** Runs an action of a person; a failure is shown, and told to the caller as undefined. */
  attempt<T>(action: () => Promise<T>): Promise<T | undefined>;
}

export interface AppOptions {
  readonly client: Client;
  readonly storage: KeyValueStorage;
  readonly window: Window;
  /** Where the views are at home; default: in the browser's page. */
  readonly home?: Home;
}

export function createApp({ client, storage, window, home = browserHome(client, window) }: AppOptions): App {
  const connection = createConnection({ client });
  const team = createTeamStore();
  const notices = createNotices();
  const { router } = home;
  const session = createSession(client, window);
  const history = createHistory(client, team);
  const account = createStore<Account | undefined>(undefined);
  const app: App = {
    client,
    connection,
    team,
    history,
    session,
    home,
    account,
    notices,
    router,
    preferences: createPreferences(storage),
    overlay: createStore<Overlay>("none"),
    cancelling: createStore<ReadonlySet<RunId>>(new Set()),
    async attempt(action) {
      try {
        return await action();
      } catch (error) {
        if (isSignedOut(error)) session.ended(error as Parameters<Session["ended"]>[0]);
        else notices.fail(error);
        return undefined;
      }
    },
  };

  connection.listen({
    message(message) {
      team.receive(message);
      if (message.type === "welcome") {
        if (!home.isEditor) void history.refresh();
        void account.get()?.outbox.flush();
      }
    },
  });
  connection.state.subscribe(() => {
    const { phase, error } = connection.state.get();
    if (phase === "denied" && error && isSignedOut(error)) session.ended(error);
  });
  session.subscribe(() => {
    const state = session.get();
    if (state.phase === "signed-in" || state.phase === "signed-out") account.get()?.outbox.close();
    if (state.phase === "signed-in") {
      account.set(openAccount(app, storage, state.member));
      connection.start();
    } else if (state.phase === "signed-out") {
      connection.stop();
      account.set(undefined);
      team.clear();
    }
  });
  window.addEventListener("online", () => connection.setOnline(true));
  window.addEventListener("offline", () => connection.setOnline(false));
  home.visible.subscribe(() => {
    if (home.visible.get()) connection.wake();
  });
  return app;
}

function openAccount(app: App, storage: KeyValueStorage, member: Member): Account {
  const outbox = createOutbox({
    client: app.client,
    storage,
    account: member.id,
    isLive: () => app.connection.state.get().phase === "live",
    queued(prompt) {
      app.team.put({ prompts: [prompt] });
      const place = app.router.get();
      if (place.name === "home" || place.name === "new") app.router.go(promptPath(prompt.id), "replace");
      // A follow-up on a run that is over starts at once, so it is what shall be seen next.
      const isOver = app.team.get().runs.get(place.id)?.status === "ended";
      if (isOver && prompt.afterRunId === place.id) app.router.go(promptPath(prompt.id));
    },
  });
  return { outbox, drafts: createDrafts(storage, member.id) };
}
