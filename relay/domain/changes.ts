import type { Member, Preview, Prompt, Run, Runner } from "#protocol/documents";
import type { Change, Store } from "#relay/store/store";

/** The collections that everybody on the team sees. */
export interface SharedDocuments {
  members: Member;
  runners: Runner;
  previews: Preview;
  prompts: Prompt;
  runs: Run;
}
export type SharedCollection = keyof SharedDocuments;
export const sharedCollections: readonly SharedCollection[] = ["members", "runners", "previews", "prompts", "runs"];
export type ChangeSet = { readonly [C in SharedCollection]?: readonly SharedDocuments[C][] };

/** Tells listeners which documents changed. What is announced is as it will be read: with the overlay of the moment. */
export interface ChangeFeed {
  announce(changes: ChangeSet): void;
  subscribe(listener: (changes: ChangeSet) => void): () => void;
}

export function createChangeFeed(): ChangeFeed {
  const listeners = new Set<(changes: ChangeSet) => void>();
  return {
    announce: (changes) => {
      for (const listener of [...listeners]) listener(changes);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The store's documents, with everybody told about shared ones once they are durable. */
export interface Ledger {
  /** @throws BatonError as `Documents.commit` */
  commit(changes: readonly Change[]): Promise<void>;
}

/**
 * @param overlay what a stored runner or run looks like right now: counts, presence
 */
export function createLedger(
  store: Store,
  feed: ChangeFeed,
  overlay: { runner(runner: Runner): Runner; run(run: Run): Run },
): Ledger {
  const current: { [C in SharedCollection]: (id: string, last: SharedDocuments[C]) => SharedDocuments[C] } = {
    members: (id: string, last: Member) => store.documents.get("members", id) ?? last,
    runners: (id: string, last: Runner) => overlay.runner(store.documents.get("runners", id) ?? last),
    previews: (id: string, last: Preview) => store.documents.get("previews", id) ?? last,
    prompts: (id: string, last: Prompt) => store.documents.get("prompts", id) ?? last,
    runs: (id: string, last: Run) => overlay.run(store.documents.get("runs", id) ?? last),
  };
  return {
    async commit(changes) {
      await store.documents.commit(changes);
      const told: Partial<Record<SharedCollection, unknown[]>> = {};
      for (const change of changes) {
        const { collection } = change;
        const document = "put" in change ? change.put : "archive" in change ? change.archive : undefined;
        if (!document || !isShared(collection)) continue;
        const show = current[collection] as (id: string, last: unknown) => unknown;
        told[collection] = [...(told[collection] ?? []), show(document.id, document)];
      }
      if (Object.keys(told).length > 0) feed.announce(told as ChangeSet);
    },
  };
}

const isShared = (collection: string): collection is SharedCollection =>
  (sharedCollections as readonly string[]).includes(collection);
