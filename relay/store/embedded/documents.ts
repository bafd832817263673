import type { Low } from "lowdb";
import { BatonError } from "#protocol/errors";
import { maxWaitingCommits } from "#relay/store/caps";
import { AtomicFiles } from "#relay/store/embedded/atomic-files";
import { openDocumentFile } from "#relay/store/embedded/document-file";
import type { DocumentFileContent, StoredDocument } from "#relay/store/embedded/document-form";
import {
  applySteps,
  collectionsByFile,
  copyState,
  type DocumentFileName,
  type DocumentState,
  documentFileNames,
  type EndedCollection,
  emptyState,
  fileOfCollection,
  type Step,
  stepsOf,
} from "#relay/store/embedded/document-state";
import type { StoreContext } from "#relay/store/embedded/store-context";
import type { Change, Collection, Documents, OpenDocuments } from "#relay/store/store";

interface WaitingCommit {
  readonly steps: readonly Step[];
  readonly resolve: () => void;
  readonly reject: (error: BatonError) => void;
}

/**
 * The open documents in memory, and their files. A commit shows at once; one write at a time is under way, and all
 * commits that came during it share the next. When a write fails, memory goes back to what is durable, and every
 * commit that was built on it fails too.
 */
export class EmbeddedDocuments implements Documents {
  readonly #context: StoreContext;
  readonly #files: AtomicFiles;
  readonly #databases: ReadonlyMap<DocumentFileName, Low<DocumentFileContent>>;
  readonly #durable: DocumentState;
  #current: DocumentState;
  #waiting: WaitingCommit[] = [];
  /** Files of a failed write: which of the two contents they have is not known, so the next write has them in it. */
  readonly #inDoubt = new Set<DocumentFileName>();
  #writing: Promise<void> | undefined;
  #closed = false;

  static async open(context: StoreContext): Promise<EmbeddedDocuments> {
    const { disk, dataFolder: folder, backupFolder, health } = context;
    const files = new AtomicFiles(disk, folder, (error) => health.failed(error));
    await files.recover();
    const databases = new Map<DocumentFileName, Low<DocumentFileContent>>();
    for (const name of documentFileNames) {
      databases.set(name, await openDocumentFile({ disk, folder, name, files, backupFolder }));
    }
    return new EmbeddedDocuments(context, files, databases);
  }

  private constructor(
    context: StoreContext,
    files: AtomicFiles,
    databases: ReadonlyMap<DocumentFileName, Low<DocumentFileContent>>,
  ) {
    this.#context = context;
    this.#files = files;
    this.#databases = databases;
    this.#durable = emptyState();
    for (const [name, database] of databases) {
      for (const collection of collectionsByFile[name]) {
        const documents = database.data.collections[collection] ?? [];
        applySteps(
          this.#durable,
          documents.map((document) => ({ collection, id: document.id, document })),
        );
      }
    }
    this.#current = copyState(this.#durable);
    context.health.onChange(() => {
      if (!context.health.error && this.#inDoubt.size > 0) this.#startWriting();
    });
  }

  get<C extends Collection>(collection: C, id: string): OpenDocuments[C] | undefined {
    return this.#current.get(collection)?.get(id) as OpenDocuments[C] | undefined;
  }

  all<C extends Collection>(collection: C): OpenDocuments[C][] {
    return [...(this.#current.get(collection)?.values() ?? [])] as unknown as OpenDocuments[C][];
  }

  /** Documents that have ended and have not moved to their day yet. */
  ended(collection: EndedCollection): ReadonlyMap<string, StoredDocument> {
    return this.#current.get(collection) ?? new Map();
  }

  /** Those of them that would still have ended after a crash. */
  durablyEnded(collection: EndedCollection): ReadonlyMap<string, StoredDocument> {
    return this.#durable.get(collection) ?? new Map();
  }

  async commit(changes: readonly Change[]): Promise<void> {
    this.#refuseWhenBusy();
    const steps: Step[] = [];
    // Each change sees the ones before it, and one that is refused leaves nothing behind.
    const seen = changes.length > 1 ? overlay(this.#current, changes) : this.#current;
    for (const change of changes) {
      const next = stepsOf(seen, change);
      if (seen !== this.#current) applySteps(seen, next);
      steps.push(...next);
    }
    await this.#commitSteps(steps);
  }

  /** Drops ended documents that stand in their day's file now, except those that changed in the meantime. */
  async forgetEnded(collection: EndedCollection, moved: readonly StoredDocument[]): Promise<void> {
    const ended = this.ended(collection);
    const unchanged = moved.filter((document) => ended.get(document.id) === document);
    await this.#commitSteps(unchanged.map(({ id }) => ({ collection, id, document: undefined })));
  }

  /** Takes no more commits, and waits for those that are there. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#writing) await this.#writing;
    if (this.#inDoubt.size > 0) await this.#write();
  }

  #refuseWhenBusy(): void {
    if (this.#closed) throw new BatonError("shutting_down");
    if (this.#waiting.length >= maxWaitingCommits) {
      throw new BatonError("storage_behind", { waiting: this.#waiting.length, max: maxWaitingCommits });
    }
  }

  #commitSteps(steps: readonly Step[]): Promise<void> {
    if (steps.length === 0) return Promise.resolve();
    applySteps(this.#current, steps);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ steps, resolve, reject });
      this.#startWriting();
    });
  }

  #startWriting(): void {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0) this.#startWriting();
    });
  }

  async #write(): Promise<void> {
    // Commits of the same moment share the first write too.
    await Promise.resolve();
    const batch = this.#waiting;
    this.#waiting = [];
    const changed = batch.flatMap(({ steps }) => steps.map((step) => fileOfCollection[step.collection]));
    const dirty = new Set([...this.#inDoubt, ...changed]);
    for (const name of dirty) this.#putInto(name);
    try {
      for (const name of dirty) await this.#databases.get(name)?.write();
      for (const name of dirty) this.#inDoubt.add(name);
      await this.#files.publish();
    } catch (cause) {
      await this.#files.discard();
      this.#fail(batch, this.#context.health.failed(cause));
      return;
    }
    this.#inDoubt.clear();
    for (const { steps } of batch) applySteps(this.#durable, steps);
    for (const { resolve } of batch) resolve();
    this.#context.health.succeeded();
  }

  #putInto(name: DocumentFileName): void {
    const database = this.#databases.get(name);
    if (!database) return;
    const collections: Record<string, readonly StoredDocument[]> = { ...database.data.collections };
    for (const collection of collectionsByFile[name]) {
      collections[collection] = [...(this.#current.get(collection)?.values() ?? [])];
    }
    database.data = { ...database.data, collections };
  }

  #fail(batch: readonly WaitingCommit[], error: BatonError): void {
    const failed = [...batch, ...this.#waiting];
    this.#waiting = [];
    this.#current = copyState(this.#durable);
    for (const { reject } of failed) reject(error);
  }
}

/** A copy of the collections that the changes touch; the others are not looked at. */
function overlay(state: DocumentState, changes: readonly Change[]): DocumentState {
  const touched = new Set<string>(changes.map((change) => change.collection));
  const withEnded = touched.has("prompts") || touched.has("runs");
  return new Map(
    [...state].map(([name, documents]) => {
      const copied = touched.has(name) || (withEnded && name.startsWith("ended"));
      return [name, copied ? new Map(documents) : documents];
    }),
  );
}
