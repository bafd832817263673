import type { ResponseOf } from "#protocol/api";
import type { PromptId, RunId } from "#protocol/ids";
import type { Client } from "#sdk/client";
import { asPeerError, type PeerError } from "#sdk/connection";
import type { TeamStore } from "#sdk/team-store";
import { createStore, type Readable } from "#sdk/vanilla-store";

/** Where the next page of each list starts; absent at the end of that list. */
interface Cursors {
  readonly runs?: string | undefined;
  readonly prompts?: string | undefined;
}

/** How far the lists of ended runs, and of prompts that ended without one, are read; and what a search found. */
export interface HistoryState {
  readonly phase: "idle" | "loading" | "ready" | "failed";
  /** Where the next page starts; absent at the end of both lists. */
  readonly next?: Cursors | undefined;
  readonly error?: PeerError | undefined;
  readonly search: string;
  /** The ids that the relay found for the search; undefined without one. */
  readonly found?: readonly (RunId | PromptId)[] | undefined;
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

  async function load(from: Cursors | undefined): Promise<void> {
    const mine = ++round;
    const { search } = store.get();
    const query = (cursor: string | undefined) => ({ limit: pageSize, cursor, ...(search && { q: search }) });
    store.set((state) => ({ ...state, phase: "loading", error: undefined }));
    try {
      const [runPage, promptPage] = await Promise.all([
        isAtEnd(from, "runs") ? noRuns : client.call("listRuns", { query: query(from?.runs) }),
        isAtEnd(from, "prompts")
          ? noPrompts
          : client.call("listPrompts", { query: { ...query(from?.prompts), state: "never-started" } }),
      ]);
      const { runs } = runPage;
      const { prompts } = promptPage;
      team.put({ runs, prompts });
      if (mine !== round) return;
      const before = from ? (store.get().found ?? []) : [];
      const found = search ? [...before, ...[...runs, ...prompts].map(({ id }) => id)] : undefined;
      const cursors: Cursors = { runs: runPage.next, prompts: promptPage.next };
      const next = cursors.runs === undefined && cursors.prompts === undefined ? undefined : cursors;
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

const noRuns: ResponseOf<"listRuns"> = { runs: [] };
const noPrompts: ResponseOf<"listPrompts"> = { prompts: [] };
const isAtEnd = (from: Cursors | undefined, list: keyof Cursors) => from !== undefined && from[list] === undefined;
