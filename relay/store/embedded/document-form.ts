import * as z from "zod";
import { BatonError } from "#protocol/errors";
import { describeIssue } from "#protocol/json";
import { serializeSliceBytes } from "#relay/store/caps";

/** What every stored document has. */
export interface StoredDocument {
  readonly id: string;
  readonly rev: number;
}

/** A file of documents. Fields and collections of another version of this form survive. */
export interface DocumentFileContent {
  readonly format: typeof documentFormat;
  readonly v: number;
  readonly collections: Readonly<Record<string, readonly StoredDocument[]>>;
  readonly [unknown: string]: unknown;
}

/** How content moves from one version of the form to the next, by the version it moves from. */
export type Migrations = Readonly<Record<number, (content: DocumentFileContent) => DocumentFileContent>>;

const documentFormat = "baton-documents";
export const documentVersion = 1;
/** The first version of the form is the current one. */
export const documentMigrations: Migrations = {};

export const emptyContent = (): DocumentFileContent => ({
  format: documentFormat,
  v: documentVersion,
  collections: {},
});

/**
 * Reads the content of a file of documents.
 * @param name as the error should call it
 * @throws BatonError `store_newer`, `store_damaged`
 */
export function parseContent(name: string, bytes: Uint8Array, ours = documentVersion): DocumentFileContent {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw new BatonError("store_damaged", { file: name, reason: "it is not JSON" });
  }
  const parsed = Envelope.safeParse(value);
  if (!parsed.success) throw new BatonError("store_damaged", { file: name, reason: describeIssue(parsed.error) });
  if (parsed.data.v > ours) throw new BatonError("store_newer", { file: name, theirs: parsed.data.v, ours });
  // Documents are checked for what the store itself needs: a day of 10,000 must not cost a schema each.
  for (const [collection, documents] of Object.entries(parsed.data.collections)) {
    if (!documents.every(isDocument)) {
      throw new BatonError("store_damaged", { file: name, reason: `a document of ${collection} has no id or rev` });
    }
  }
  return parsed.data as unknown as DocumentFileContent;
}

const Envelope = z.looseObject({
  format: z.literal(documentFormat),
  v: z.int().min(1),
  collections: z.record(z.string(), z.array(z.unknown())),
});

const isDocument = (value: unknown): value is StoredDocument =>
  typeof value === "object" &&
  value !== null &&
  "id" in value &&
  typeof value.id === "string" &&
  "rev" in value &&
  typeof value.rev === "number";

/** The text of a file: JSON with one document a line, in pieces between which others get their turn. */
export async function* serializeContent(content: DocumentFileContent): AsyncGenerator<string> {
  const { collections, ...head } = content;
  let text = `${JSON.stringify(head).slice(0, -1)},"collections":{`;
  let isFirstCollection = true;
  for (const [name, documents] of Object.entries(collections)) {
    text += `${isFirstCollection ? "" : ","}\n${JSON.stringify(name)}:[`;
    isFirstCollection = false;
    for (let i = 0; i < documents.length; i++) {
      text += `${i > 0 ? "," : ""}\n${JSON.stringify(documents[i])}`;
      if (text.length < serializeSliceBytes) continue;
      yield text;
      text = "";
      await new Promise((resolve) => setImmediate(resolve));
    }
    text += "]";
  }
  yield `${text}\n}}\n`;
}
