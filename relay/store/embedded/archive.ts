import type { Prompt, Run } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { newId, PromptId, RunId } from "#protocol/ids";
import {
  endedDocumentsBeforeMove,
  endedDocumentsMoveAfterMs,
  maxDaysLookedAt,
  maxPromptsLookedAt,
  maxRunsLookedAt,
} from "#relay/store/caps";
import { type ArchivedCollection, type Day, type DayFiles, dayOf } from "#relay/store/embedded/day-files";
import type { StoredDocument } from "#relay/store/embedded/document-form";
import type { EndedCollection } from "#relay/store/embedded/document-state";
import type { EmbeddedDocuments } from "#relay/store/embedded/documents";
import { Serial } from "#relay/store/embedded/serial";
import type { StoreContext } from "#relay/store/embedded/store-context";
import type { Archive, PageQuery } from "#relay/store/store";

const endedOf = { prompts: "endedPrompts", runs: "endedRuns" } as const satisfies Record<
  ArchivedCollection,
  EndedCollection
>;

/**
 * Ended runs and prompts. Those of the last moments still stand in the open file and are laid over their days; many
 * move at a time, first into their days and then out of the open file. After a crash between the two they stand in
 * both, with the same content, and move once more.
 */
export class EmbeddedArchive implements Archive {
  readonly #context: StoreContext;
  readonly #documents: EmbeddedDocuments;
  readonly #dayFiles: DayFiles;
  /** Days are written one after the other. */
  readonly #writing = new Serial();
  #timer: NodeJS.Timeout | undefined;
  #moving: Promise<void> | undefined;
  #closed = false;

  constructor(context: StoreContext, documents: EmbeddedDocuments, dayFiles: DayFiles) {
    this.#context = context;
    this.#documents = documents;
    this.#dayFiles = dayFiles;
    this.noteEnded();
  }

  async run(id: string): Promise<Run | undefined> {
    return RunId.safeParse(id).success ? ((await this.#find("runs", id)) as Run | undefined) : undefined;
  }

  async prompt(id: string): Promise<Prompt | undefined> {
    return PromptId.safeParse(id).success ? ((await this.#find("prompts", id)) as Prompt | undefined) : undefined;
  }

  async page(query: PageQuery<Run>): Promise<{ runs: Run[]; next: string | undefined }> {
    if (query.cursor !== undefined && !RunId.safeParse(query.cursor).success) throw wrongCursor();
    const { found, next } = await this.#page("runs", query as PageQuery<never>, maxRunsLookedAt);
    return { runs: found as Run[], next };
  }

  async promptPage(query: PageQuery<Prompt>): Promise<{ prompts: Prompt[]; next: string | undefined }> {
    if (query.cursor !== undefined && !PromptId.safeParse(query.cursor).success) throw wrongCursor();
    const { found, next } = await this.#page("prompts", query as PageQuery<never>, maxPromptsLookedAt);
    return { prompts: found as Prompt[], next };
  }

  /**
   * Looks at no more than `maxDaysLookedAt` days; `next` then goes on behind them.
   * @param most documents that are looked at, whether they match or not
   */
  async #page(
    collection: ArchivedCollection,
    { cursor, limit, matches }: PageQuery<never>,
    most: number,
  ): Promise<{ found: StoredDocument[]; next: string | undefined }> {
    const found: StoredDocument[] = [];
    let lookedAt = 0;
    let last: string | undefined;
    let days = 0;
    for (const day of this.#days(collection, cursor)) {
      if (days++ === maxDaysLookedAt) return { found, next: last };
      for (const document of await this.#ofDay(collection, day, cursor)) {
        // The page is full, and there is something behind it.
        if (found.length === limit) return { found, next: found.at(-1)?.id };
        if (lookedAt++ === most) return { found, next: last };
        if (matches(document as never)) found.push(document);
        last = document.id;
      }
      last = oldestIdOf(collection, day);
    }
    return { found, next: undefined };
  }

  async endedBefore(collection: ArchivedCollection, before: number, most: number): Promise<string[]> {
    const found: string[] = [];
    for (const day of [...this.#dayFiles.days(collection)].sort()) {
      if (Date.parse(day) >= before) break;
      const notMoved = this.#documents.ended(endedOf[collection]);
      for (const document of (await this.#ofDay(collection, day, undefined)).reverse()) {
        if (found.length === most) return found;
        if (lastTimeOf(document) < before && !notMoved.has(document.id)) found.push(document.id);
      }
    }
    return found;
  }

  async remove(collection: ArchivedCollection, ids: readonly string[]): Promise<void> {
    const days = new Map<Day, Set<string>>();
    for (const id of ids) days.set(dayOf(id), (days.get(dayOf(id)) ?? new Set()).add(id));
    for (const [day, sameDay] of days) {
      try {
        await this.#writing.run(() => this.#dayFiles.remove(collection, day, sameDay));
      } catch (cause) {
        throw this.#context.health.failed(cause);
      }
    }
  }

  /** Plans the move of what has ended; call it after every commit that archives. */
  noteEnded(): void {
    if (this.#closed) return;
    const count = this.#documents.ended("endedRuns").size + this.#documents.ended("endedPrompts").size;
    if (count === 0) return;
    if (count >= endedDocumentsBeforeMove && !this.#moving && !this.#timer) this.#moveLogged();
    else this.#moveLater();
  }

  /**
   * Moves what has ended into its days.
   * @throws BatonError `storage_full`, `storage_failed`: it stays where it was
   */
  move(): Promise<void> {
    this.#moving ??= this.#moveAll().finally(() => {
      this.#moving = undefined;
    });
    return this.#moving;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#moving?.catch(() => undefined);
    await this.#writing.run(async () => undefined);
  }

  #moveLater(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#moveLogged();
    }, endedDocumentsMoveAfterMs).unref();
  }

  #moveLogged(): void {
    this.move().then(
      () => this.noteEnded(),
      (error) => {
        this.#context.logger.warn({ err: error }, "ended runs could not be moved to their day; they are kept");
        this.#moveLater();
      },
    );
  }

  async #moveAll(): Promise<void> {
    const errors: BatonError[] = [];
    for (const collection of ["prompts", "runs"] as const) {
      for (const [day, documents] of groupByDay(this.#documents.durablyEnded(endedOf[collection]))) {
        try {
          await this.#writing.run(() => this.#dayFiles.merge(collection, day, documents));
          await this.#documents.forgetEnded(endedOf[collection], documents);
        } catch (cause) {
          // One day that cannot be written must not hold up the others.
          errors.push(this.#context.health.failed(cause));
        }
      }
    }
    if (errors[0]) throw errors[0];
  }

  async #find(collection: ArchivedCollection, id: string): Promise<StoredDocument | undefined> {
    const ended = this.#documents.ended(endedOf[collection]).get(id);
    if (ended) return ended;
    const day = await this.#dayFiles.load(collection, dayOf(id));
    const found = day[firstAtLeast(day, id)];
    return found?.id === id ? found : undefined;
  }

  /** Days that can have documents older than the cursor, newest first. */
  #days(collection: ArchivedCollection, cursor: string | undefined): Day[] {
    const days = new Set(this.#dayFiles.days(collection));
    for (const id of this.#documents.ended(endedOf[collection]).keys()) days.add(dayOf(id));
    const newest = cursor === undefined ? undefined : dayOf(cursor);
    return [...days]
      .filter((day) => newest === undefined || day <= newest)
      .sort()
      .reverse();
  }

  /** The ended documents of a day that are older than the cursor, newest first. */
  async #ofDay(collection: ArchivedCollection, day: Day, cursor: string | undefined): Promise<StoredDocument[]> {
    // Taken before the file is read: what moves during the read is in one of the two at least.
    const all = this.#documents.ended(endedOf[collection]);
    const ended = [...all.values()].filter((document) => dayOf(document.id) === day);
    const stored = await this.#dayFiles.load(collection, day);
    const older = stored.slice(0, cursor === undefined ? stored.length : firstAtLeast(stored, cursor)).reverse();
    const newer = new Map(ended.map((document) => [document.id, document]));
    const merged = older.filter((document) => !newer.has(document.id));
    if (newer.size > 0) {
      merged.push(...[...newer.values()].filter((document) => cursor === undefined || document.id < cursor));
      merged.sort((a, b) => (a.id < b.id ? 1 : -1));
    }
    // One that was opened again is listed among the open ones.
    return merged.filter((document) => !this.#documents.get(collection, document.id));
  }
}

/** Stands before every document of a day, so that a page that goes on from there begins with the day before. */
const oldestIdOf = (collection: ArchivedCollection, day: Day): string =>
  newId(collection === "runs" ? "run" : "prompt", Date.parse(day))
    .slice(0, 16)
    .padEnd(36, "0");

/** The latest time in a document: the end of a run is told by its keeper's clock, which may be wrong. */
const lastTimeOf = (document: StoredDocument): number =>
  Math.max(
    ...(["endedAt", "receivedAt", "lastOutputAt", "createdAt"] as const).map((field) =>
      Number((document as { readonly [F in typeof field]?: unknown })[field] ?? 0),
    ),
  );

const wrongCursor = () =>
  new BatonError("request_invalid", { field: "cursor", reason: "expected the `next` of a page" });

function groupByDay(documents: ReadonlyMap<string, StoredDocument>): Map<Day, StoredDocument[]> {
  const days = new Map<Day, StoredDocument[]>();
  for (const document of documents.values()) {
    const day = dayOf(document.id);
    const sameDay = days.get(day);
    if (sameDay) sameDay.push(document);
    else days.set(day, [document]);
  }
  return days;
}

/** The place of the first document whose id is not before this one. */
function firstAtLeast(sorted: readonly StoredDocument[], id: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.id ?? "") < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
