import type { StoredDocument } from "#relay/store/embedded/document-form";
import type { Change, Collection } from "#relay/store/store";

/**
 * The collections of each file. What changes by what many people do, and not by what is decided, has one of its own.
 * Ended runs and prompts stay beside the open ones for a moment (`ended…`), so that a run ends with one small write; they
 * move to the files of their days many at a time.
 */
export const collectionsByFile = {
  "team.json": ["members", "devices", "runners", "invitations", "tokens", "joinTokens", "links", "previews"],
  "sessions.json": ["sessions"],
  "shares.json": ["shares"],
  "open.json": ["prompts", "runs", "endedPrompts", "endedRuns"],
} as const satisfies Record<string, readonly (Collection | EndedCollection)[]>;

export type DocumentFileName = keyof typeof collectionsByFile;
export type EndedCollection = "endedPrompts" | "endedRuns";
export type StoredCollection = Collection | EndedCollection;
export const documentFileNames = Object.keys(collectionsByFile) as DocumentFileName[];

export const fileOfCollection = Object.fromEntries(
  documentFileNames.flatMap((file) => collectionsByFile[file].map((collection) => [collection, file])),
) as Record<StoredCollection, DocumentFileName>;

const endedBy: Partial<Record<Collection, EndedCollection>> = { prompts: "endedPrompts", runs: "endedRuns" };

/** The smallest change: a document takes its place, or leaves it. */
export interface Step {
  readonly collection: StoredCollection;
  readonly id: string;
  readonly document: StoredDocument | undefined;
}

export type DocumentState = ReadonlyMap<StoredCollection, Map<string, StoredDocument>>;

export function emptyState(): DocumentState {
  return new Map(Object.keys(fileOfCollection).map((name) => [name as StoredCollection, new Map()]));
}

export function copyState(state: DocumentState): DocumentState {
  return new Map([...state].map(([name, documents]) => [name, new Map(documents)]));
}

export function applySteps(state: DocumentState, steps: readonly Step[]): void {
  for (const { collection, id, document } of steps) {
    if (document) state.get(collection)?.set(id, document);
    else state.get(collection)?.delete(id);
  }
}

/**
 * What a change does to the state that is there now. A document whose stored one was archived a moment ago goes on
 * with that one's revision; one that the store does not hold goes on with its own.
 */
export function stepsOf(state: DocumentState, change: Change): Step[] {
  const { collection } = change;
  const ended = endedBy[collection];
  if ("remove" in change) return [{ collection, id: change.remove, document: undefined }];
  const given: StoredDocument = "put" in change ? change.put : change.archive;
  const stored = state.get(collection)?.get(given.id) ?? (ended && state.get(ended)?.get(given.id));
  const document = { ...given, rev: (stored ?? given).rev + 1 };
  if ("put" in change) {
    const steps: Step[] = [{ collection, id: given.id, document }];
    if (ended && state.get(ended)?.has(given.id)) steps.push({ collection: ended, id: given.id, document: undefined });
    return steps;
  }
  if (!ended) throw new TypeError(`documents of ${collection} are not archived`);
  return [
    { collection, id: given.id, document: undefined },
    { collection: ended, id: given.id, document },
  ];
}
