import { join } from "node:path";
import type { Low } from "lowdb";
import { BatonError } from "#protocol/errors";
import { idTime } from "#protocol/ids";
import { maxCachedDayDocuments } from "#relay/store/caps";
import { AtomicFiles } from "#relay/store/embedded/atomic-files";
import { capDamagedCopies, damagedCopyOf } from "#relay/store/embedded/damaged-copies";
import { unlessMissing } from "#relay/store/embedded/disk";
import { openDocumentFile } from "#relay/store/embedded/document-file";
import type { DocumentFileContent, StoredDocument } from "#relay/store/embedded/document-form";
import type { StoreContext } from "#relay/store/embedded/store-context";

export type ArchivedCollection = "prompts" | "runs";
/** A UTC day, `YYYY-MM-DD`. */
export type Day = string;

/**
 * The files of ended documents, one for each UTC day of their birth and each collection: a page of the run list does
 * not read prompts. A start reads names only; a file is read when it is asked for, and the ones read last are kept.
 */
export class DayFiles {
  readonly #context: StoreContext;
  readonly #folder: string;
  readonly #files: AtomicFiles;
  readonly #days: Record<ArchivedCollection, Set<Day>> = { prompts: new Set(), runs: new Set() };
  /** In the order of their last use. */
  readonly #cache = new Map<string, Promise<readonly StoredDocument[]>>();
  readonly #cachedDocuments = new Map<string, number>();

  static async open(context: StoreContext): Promise<DayFiles> {
    const folder = join(context.dataFolder, "days");
    if (await context.disk.makeFolder(folder)) await context.disk.syncFolder(context.dataFolder);
    const files = new AtomicFiles(context.disk, folder, (error) => context.health.failed(error));
    await files.recover();
    const dayFiles = new DayFiles(context, folder, files);
    for (const name of await context.disk.list(folder)) {
      const [, day, collection] = dayFileName.exec(name) ?? [];
      if (day && isArchived(collection)) dayFiles.#days[collection].add(day);
    }
    return dayFiles;
  }

  private constructor(context: StoreContext, folder: string, files: AtomicFiles) {
    this.#context = context;
    this.#folder = folder;
    this.#files = files;
  }

  days(collection: ArchivedCollection): ReadonlySet<Day> {
    return this.#days[collection];
  }

  /** The documents of a day, oldest first; none for a day without a file. */
  async load(collection: ArchivedCollection, day: Day): Promise<readonly StoredDocument[]> {
    if (!this.#days[collection].has(day)) return [];
    const name = fileNameOf(collection, day);
    const known = this.#cache.get(name);
    const loading = known ?? this.#open(collection, day).then((database) => contentOf(database, collection));
    this.#cache.delete(name);
    this.#cache.set(name, loading);
    try {
      const documents = await loading;
      if (!known && this.#cache.get(name) === loading) this.#remember(name, loading, documents.length);
      return documents;
    } catch (error) {
      if (this.#cache.get(name) === loading) this.#cache.delete(name);
      throw error;
    }
  }

  /** Puts documents into their day, durably; one with an id that is there takes its place. One call at a time. */
  async merge(collection: ArchivedCollection, day: Day, documents: readonly StoredDocument[]): Promise<void> {
    const database = await this.#open(collection, day);
    const merged = new Map(contentOf(database, collection).map((document) => [document.id, document]));
    for (const document of documents) merged.set(document.id, document);
    const sorted = [...merged.values()].sort(byId);
    await this.#write(database, collection, day, sorted);
  }

  /** Takes documents out of their day, durably; a day without any has no file. One call at a time. */
  async remove(collection: ArchivedCollection, day: Day, ids: ReadonlySet<string>): Promise<void> {
    const name = fileNameOf(collection, day);
    const database = await this.#open(collection, day);
    const left = contentOf(database, collection).filter((document) => !ids.has(document.id));
    if (left.length > 0) {
      await this.#write(database, collection, day, left);
      return;
    }
    const { disk } = this.#context;
    await unlessMissing(disk.unlink(join(this.#folder, name)));
    this.#days[collection].delete(day);
    this.#forget(name);
    await disk.syncFolder(this.#folder);
  }

  async #write(
    database: Low<DocumentFileContent>,
    collection: ArchivedCollection,
    day: Day,
    documents: readonly StoredDocument[],
  ): Promise<void> {
    const name = fileNameOf(collection, day);
    database.data = { ...database.data, collections: { ...database.data.collections, [collection]: documents } };
    try {
      await database.write();
      await this.#files.publish();
    } catch (error) {
      await this.#files.discard();
      this.#forget(name);
      throw error;
    }
    this.#days[collection].add(day);
    this.#remember(name, Promise.resolve(documents), documents.length);
  }

  /** A day that cannot be read is set aside and begun anew: one bad file must not hide all the others. */
  async #open(collection: ArchivedCollection, day: Day): Promise<Low<DocumentFileContent>> {
    const { disk, backupFolder, logger, clock } = this.#context;
    const name = fileNameOf(collection, day);
    const options = { disk, folder: this.#folder, name, files: this.#files, backupFolder };
    try {
      return await openDocumentFile(options);
    } catch (error) {
      if (!(error instanceof BatonError && error.code === "store_damaged")) throw error;
      const aside = damagedCopyOf(name, clock());
      logger.error(
        { file: join(this.#folder, name), keptAs: aside, ...error.params },
        "a day of the archive is damaged",
      );
      await disk.rename(join(this.#folder, name), join(this.#folder, aside));
      await capDamagedCopies(disk, this.#folder);
      return openDocumentFile(options);
    }
  }

  #remember(name: string, documents: Promise<readonly StoredDocument[]>, count: number): void {
    this.#forget(name);
    this.#cache.set(name, documents);
    this.#cachedDocuments.set(name, count);
    let total = [...this.#cachedDocuments.values()].reduce((sum, n) => sum + n, 0);
    for (const oldest of [...this.#cache.keys()]) {
      if (total <= maxCachedDayDocuments || oldest === name) break;
      total -= this.#cachedDocuments.get(oldest) ?? 0;
      this.#forget(oldest);
    }
  }

  #forget(name: string): void {
    this.#cache.delete(name);
    this.#cachedDocuments.delete(name);
  }
}

/** The day on which the thing with this id was born. */
export function dayOf(id: string): Day {
  const time = idTime(id);
  return new Date(Number.isFinite(time) ? Math.min(time, lastDayMs) : 0).toISOString().slice(0, 10);
}

const lastDayMs = Date.UTC(9999, 11, 31);
const dayFileName = /^(\d{4}-\d{2}-\d{2})\.(prompts|runs)\.json$/;
const fileNameOf = (collection: ArchivedCollection, day: Day) => `${day}.${collection}.json`;
const isArchived = (name: string | undefined): name is ArchivedCollection => name === "prompts" || name === "runs";
const byId = (a: StoredDocument, b: StoredDocument) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const contentOf = (database: Low<DocumentFileContent>, collection: ArchivedCollection) =>
  database.data.collections[collection] ?? [];
