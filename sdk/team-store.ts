import type { Member, Preview, Prompt, Run, Runner } from "#protocol/documents";
import type { WireError } from "#protocol/errors";
import type { MemberId, PreviewId, PromptId, RunId, RunnerId } from "#protocol/ids";
import type { ToViewer } from "#protocol/viewer-link";
import { createStore, type Readable } from "#sdk/vanilla-store";

/** Everything of the team that a client holds. Maps are replaced, never changed in place. */
export interface TeamState {
  /** Whether the first `welcome` was here. */
  readonly loaded: boolean;
  /** Whether everything that is open is here; a large team's state comes in pages behind its `welcome`. */
  readonly complete: boolean;
  readonly me: Member | undefined;
  /** The relay's clock minus this one's, in milliseconds: ages are shown by the relay's clock. */
  readonly clockOffsetMs: number;
  readonly members: ReadonlyMap<MemberId, Member>;
  readonly runners: ReadonlyMap<RunnerId, Runner>;
  /** Also those that were closed since. */
  readonly previews: ReadonlyMap<PreviewId, Preview>;
  readonly prompts: ReadonlyMap<PromptId, Prompt>;
  readonly runs: ReadonlyMap<RunId, Run>;
  /** Why the relay cannot store anything right now. */
  readonly health: WireError | undefined;
  /** Grows with every state that is complete again behind its `welcome`: what was open then and is not named any more has to be read again. */
  readonly welcomes: number;
}

export interface Documents {
  readonly members?: readonly Member[] | undefined;
  readonly runners?: readonly Runner[] | undefined;
  readonly previews?: readonly Preview[] | undefined;
  readonly prompts?: readonly Prompt[] | undefined;
  readonly runs?: readonly Run[] | undefined;
}

export interface TeamStore extends Readable<TeamState> {
  /** Takes what the viewer link says; messages that carry no documents change nothing. */
  receive(message: ToViewer, now?: number): void;
  /** Takes documents that a call answered. Of two forms of a document the one with the higher `rev` stays. */
  put(documents: Documents): void;
  clear(): void;
}

const empty: TeamState = {
  loaded: false,
  complete: false,
  me: undefined,
  clockOffsetMs: 0,
  members: new Map(),
  runners: new Map(),
  previews: new Map(),
  prompts: new Map(),
  runs: new Map(),
  health: undefined,
  welcomes: 0,
};

export function createTeamStore(): TeamStore {
  const store = createStore<TeamState>(empty);
  /** What was open before the last `welcome` and was not named since: shown until the state is complete again. */
  let unnamed = new Set<string>();

  const put = (documents: Documents) => store.set((state) => merged(state, documents, unnamed));
  /** What has ended while nobody listened is known by its run; the others are only in the history. */
  const complete = () => {
    const gone = unnamed;
    unnamed = new Set();
    store.set((state) => ({
      ...state,
      complete: true,
      members: without(state.members, gone),
      runners: without(state.runners, gone),
      previews: without(state.previews, gone),
      prompts: without(state.prompts, gone),
      runs: without(state.runs, gone),
      welcomes: state.welcomes + 1,
    }));
  };
  return {
    get: store.get,
    subscribe: store.subscribe,
    put,
    clear() {
      unnamed = new Set();
      store.set(empty);
    },
    receive(message, now = Date.now()) {
      if (message.type === "changed") {
        put(message);
        if (message.complete) complete();
      }
      if (message.type === "relay.health") store.set((state) => ({ ...state, health: message.error }));
      if (message.type !== "welcome") return;
      unnamed = openIds(store.get());
      const { health, member: me } = message;
      store.set((state) => {
        const welcomed = { ...state, loaded: true, complete: false, health, me, clockOffsetMs: message.now - now };
        return merged(welcomed, message, unnamed);
      });
      if (!message.more) complete();
    },
  };
}

function openIds({ members, runners, previews, prompts, runs }: TeamState): Set<string> {
  const openPrompts = [...prompts.values()].filter((prompt) => !prompt.endedAt);
  const openRuns = [...runs.values()].filter((run) => run.status !== "ended");
  return new Set([
    ...members.keys(),
    ...runners.keys(),
    ...previews.keys(),
    ...[...openPrompts, ...openRuns].map(({ id }) => id),
  ]);
}

/** @param unnamed of which the relay may have an older form now; what is named is taken out of it */
function merged(state: TeamState, documents: Documents, unnamed: Set<string>): TeamState {
  const members = newer(state.members, documents.members, unnamed);
  return {
    ...state,
    me: (state.me && members.get(state.me.id)) ?? state.me,
    members,
    runners: newer(state.runners, documents.runners, unnamed),
    previews: newer(state.previews, documents.previews, unnamed),
    prompts: newer(state.prompts, documents.prompts, unnamed),
    runs: newer(state.runs, documents.runs, unnamed),
  };
}

interface Stored {
  readonly id: string;
  readonly rev: number;
}

function newer<D extends Stored>(
  held: ReadonlyMap<string, D>,
  come: readonly D[] | undefined,
  unnamed: Set<string>,
): ReadonlyMap<string, D> {
  const taken = (come ?? []).filter(({ id, rev }) => unnamed.delete(id) || (held.get(id)?.rev ?? -1) < rev);
  if (taken.length === 0) return held;
  const next = new Map(held);
  for (const document of taken) next.set(document.id, document);
  return next;
}

function without<D>(held: ReadonlyMap<string, D>, gone: ReadonlySet<string>): ReadonlyMap<string, D> {
  if (gone.size === 0) return held;
  return new Map([...held].filter(([id]) => !gone.has(id)));
}
