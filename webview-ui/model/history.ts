import type { RunId } from "#protocol/ids";
import type { Client } from "#sdk/client";
import { asPeerError, type PeerError } from "#sdk/connection";
import type { TeamStore } from "#sdk/team-store";
import { createStore, type Readable } from "#sdk/vanilla-store";

/** How far the list of ended runs is read, and what a search found. */
export interface HistoryState {
  readonly phase: "idle" | "loading" | "ready" | "failed";
  /** Where the next page starts; absent at the end of the list. */
  readonly next?: string | undefined;
  readonly error?: PeerError | undefined;
  readonly search: string;
  /** The ids that the relay found for the search; undefined without one. */
  readonly found?: readonly RunId[] | undefined;
}

export interface History extends Readable<HistoryState> {
  /** Reads the newest page again, after a (re)connect. */
  refresh(): Promise<void>;
  /** Reads one page more, once at a time. */
  more(): Promise<void>;
  search(text: string): void;
}

const pageSize = 200;
const searchDelayMs = 200;

export function createHistory(client: Client, team: TeamStore): History {
  const store = createStore<HistoryState>({ phase: "idle", search: "" });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let round = 0;

  async function load(cursor: string | undefined): Promise<void> {
    const mine = ++round;
    const { search } = store.get();
    store.set((state) => ({ ...state, phase: "loading", error: undefined }));
    try {
      const { runs, next } = await client.call("listRuns", {
        query: { limit: pageSize, cursor, ...(search && { q: search }) },
      });
      team.put({ runs });
      if (mine !== round) return;
      const before = cursor ? (store.get().found ?? []) : [];
      const found = search ? [...before, ...runs.map((run) => run.id)] : undefined;
      store.set((state) => ({ ...state, phase: "ready", next, found }));
    } catch (error) {
      if (mine === round) store.set((state) => ({ ...state, phase: "failed", error: asPeerError(error) }));
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    async refresh() {
      await load(undefined);
    },
    async more() {
      const { phase, next } = store.get();
      if (phase === "failed") await load(next);
      else if (phase === "ready" && next !== undefined) await load(next);
    },
    search(text) {
      const search = text.trim();
      if (search === store.get().search) return;
      store.set((state) => ({ ...state, search, ...(search === "" && { found: undefined }) }));
      clearTimeout(timer);
      timer = setTimeout(() => void load(undefined), searchDelayMs);
    },
  };
}
