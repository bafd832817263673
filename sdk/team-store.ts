import type { Member, Prompt, Run, Runner } from "#protocol/documents";
import type { WireError } from "#protocol/errors";
import type { MemberId, PromptId, RunId, RunnerId } from "#protocol/ids";
import type { ToViewer } from "#protocol/viewer-link";
import { createStore, type Readable } from "#sdk/vanilla-store";

/** Everything of the team that a client holds. Maps are replaced, never changed in place. */
export interface TeamState {
  /** Whether the first `welcome` was here. */
  readonly loaded: boolean;
  readonly me: Member | undefined;
  /** The relay's clock minus this one's, in milliseconds: ages are shown by the relay's clock. */
  readonly clockOffsetMs: number;
  readonly members: ReadonlyMap<MemberId, Member>;
  readonly runners: ReadonlyMap<RunnerId, Runner>;
  readonly prompts: ReadonlyMap<PromptId, Prompt>;
  readonly runs: ReadonlyMap<RunId, Run>;
  /** Why the relay cannot store anything right now. */
  readonly health: WireError | undefined;
  /** Grows with every `welcome`: what was open then and is not named any more has to be read again. */
  readonly welcomes: number;
}

export interface Documents {
  readonly members?: readonly Member[] | undefined;
  readonly runners?: readonly Runner[] | undefined;
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
  me: undefined,
  clockOffsetMs: 0,
  members: new Map(),
  runners: new Map(),
  prompts: new Map(),
  runs: new Map(),
  health: undefined,
  welcomes: 0,
};

export function createTeamStore(): TeamStore {
  const store = createStore<TeamState>(empty);
  const put = (documents: Documents) => store.set((state) => merged(state, documents));
  return {
    get: store.get,
    subscribe: store.subscribe,
    put,
    clear: () => store.set(empty),
    receive(message, now = Date.now()) {
      if (message.type === "changed") put(message);
      if (message.type === "relay.health") store.set((state) => ({ ...state, health: message.error }));
      if (message.type !== "welcome") return;
      store.set((state) =>
        merged(
          {
            ...state,
            loaded: true,
            health: message.health,
            me: message.member,
            clockOffsetMs: message.now - now,
            members: new Map(),
            runners: new Map(),
            // A prompt that ended while nobody listened is known by its run; the others are only in the history.
            prompts: without(state.prompts, (prompt) => !prompt.endedAt),
            runs: without(state.runs, (run) => run.status !== "ended"),
            welcomes: state.welcomes + 1,
          },
          message,
        ),
      );
    },
  };
}

function merged(state: TeamState, documents: Documents): TeamState {
  const members = newer(state.members, documents.members);
  return {
    ...state,
    me: (state.me && members.get(state.me.id)) ?? state.me,
    members,
    runners: newer(state.runners, documents.runners),
    prompts: newer(state.prompts, documents.prompts),
    runs: newer(state.runs, documents.runs),
  };
}

interface Stored {
  readonly id: string;
  readonly rev: number;
}

function newer<D extends Stored>(held: ReadonlyMap<string, D>, come: readonly D[] | undefined): ReadonlyMap<string, D> {
  const taken = (come ?? []).filter((document) => (held.get(document.id)?.rev ?? -1) < document.rev);
  if (taken.length === 0) return held;
  const next = new Map(held);
  for (const document of taken) next.set(document.id, document);
  return next;
}

function without<D extends Stored>(held: ReadonlyMap<string, D>, left: (document: D) => boolean) {
  return new Map([...held].filter(([, document]) => !left(document)));
}
