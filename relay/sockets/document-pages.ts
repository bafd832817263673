import type { Member, Preview, Prompt, Run, Runner } from "#protocol/documents";
import { maxStatePageBytes } from "#relay/caps";
import type { ChangeSet, SharedCollection } from "#relay/domain/changes";

interface Listed {
  readonly collection: SharedCollection;
  readonly document: Member | Preview | Prompt | Run | Runner;
}

/** Documents that somebody is to be told of: each once, in its newest form; what is news before what only is. */
export class WaitingDocuments {
  private readonly news = new Map<string, Listed>();
  private readonly others = new Map<string, Listed>();

  get size(): number {
    return this.news.size + this.others.size;
  }

  /** The state as it is; goes out behind all news. */
  addState(documents: ChangeSet): void {
    for (const [key, listed] of listedOf(documents)) this.others.set(key, listed);
  }

  /** What has changed. What is waiting already goes out once, in the form with the higher `rev`. */
  addNews(documents: ChangeSet): void {
    for (const [key, listed] of listedOf(documents)) {
      const known = this.news.get(key) ?? this.others.get(key);
      this.others.delete(key);
      this.news.set(key, known && known.document.rev > listed.document.rev ? known : listed);
    }
  }

  private *inOrder(): Generator<[string, Listed]> {
    yield* this.news;
    yield* this.others;
  }

  /** Takes as many off the front as `maxStatePageBytes` hold as JSON; one at least, where there is one. */
  takePage(): DocumentPage {
    const documents = new Map<SharedCollection, Listed["document"][]>();
    const texts = new Map<SharedCollection, string[]>();
    let bytes = 0;
    for (const [key, { collection, document }] of this.inOrder()) {
      const text = JSON.stringify(document);
      bytes += Buffer.byteLength(text) + 1;
      if (bytes > maxStatePageBytes && texts.size > 0) break;
      this.news.delete(key);
      this.others.delete(key);
      listOf(documents, collection).push(document);
      listOf(texts, collection).push(text);
    }
    return { documents: Object.fromEntries(documents) as ChangeSet, texts };
  }
}

/** A part of the state that fits in one message. */
export interface DocumentPage {
  readonly documents: ChangeSet;
  /** The same documents as JSON. */
  readonly texts: ReadonlyMap<SharedCollection, readonly string[]>;
}

/** A message with the documents of a page, of which none is made into JSON once more. */
export function pageMessage(message: object, { texts }: DocumentPage): string {
  const fields = [...texts].map(([collection, each]) => `,"${collection}":[${each.join(",")}]`);
  return `${JSON.stringify(message).slice(0, -1)}${fields.join("")}}`;
}

function* listedOf(documents: ChangeSet): Generator<[string, Listed]> {
  for (const [collection, changed] of Object.entries(documents) as [SharedCollection, Listed["document"][]][]) {
    for (const document of changed) yield [`${collection} ${document.id}`, { collection, document }];
  }
}

function listOf<T>(lists: Map<SharedCollection, T[]>, collection: SharedCollection): T[] {
  const list = lists.get(collection) ?? [];
  lists.set(collection, list);
  return list;
}
