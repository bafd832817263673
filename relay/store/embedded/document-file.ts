import { basename, join } from "node:path";
import { type Adapter, Low } from "lowdb";
import { BatonError } from "#protocol/errors";
import type { AtomicFiles } from "#relay/store/embedded/atomic-files";
import { type Disk, unlessMissing } from "#relay/store/embedded/disk";
import {
  type DocumentFileContent,
  documentMigrations,
  documentVersion,
  emptyContent,
  type Migrations,
  parseContent,
  serializeContent,
} from "#relay/store/embedded/document-form";

export interface DocumentFileOptions {
  readonly disk: Disk;
  readonly folder: string;
  readonly name: string;
  readonly files: AtomicFiles;
  /** Copies are made here before a migration. */
  readonly backupFolder: string;
  readonly version?: number;
  readonly migrations?: Migrations;
}

/**
 * Opens a file of documents with lowdb. Its `write` stages the file; it takes effect, durably and together with
 * everything else that is staged, with `files.publish()`. An older form is moved forward, after a copy was made.
 * @throws BatonError `store_newer`, `store_damaged`; the file is left as it is
 */
export async function openDocumentFile(options: DocumentFileOptions): Promise<Low<DocumentFileContent>> {
  const { version = documentVersion, migrations = documentMigrations, files } = options;
  const database = new Low<DocumentFileContent>(stagingAdapter(options, version), emptyContent());
  await database.read();
  if (database.data.v < version) {
    await makeCopy(options, database.data.v);
    database.data = migrate(options.name, database.data, version, migrations);
    await database.write();
    await files.publish();
  }
  return database;
}

function stagingAdapter(options: DocumentFileOptions, version: number): Adapter<DocumentFileContent> {
  const { disk, folder, name, files } = options;
  return {
    async read() {
      const bytes = await unlessMissing(disk.readFile(join(folder, name)));
      return bytes ? parseContent(join(folder, name), bytes, version) : null;
    },
    write: (content) => files.stage(name, serializeContent(content)),
  };
}

function migrate(name: string, content: DocumentFileContent, version: number, migrations: Migrations) {
  let moved = content;
  while (moved.v < version) {
    const step = migrations[moved.v];
    if (!step) throw new BatonError("store_damaged", { file: name, reason: `its form ${moved.v} is not known` });
    moved = { ...step(moved), v: moved.v + 1 };
  }
  return moved;
}

async function makeCopy({ disk, folder, name, backupFolder }: DocumentFileOptions, version: number): Promise<void> {
  if (await disk.makeFolder(backupFolder)) await disk.syncFolder(folder);
  const bytes = await disk.readFile(join(folder, name));
  const copy = await disk.open(join(backupFolder, `${basename(name, ".json")}.v${version}.json`), "w+");
  try {
    await copy.write([bytes], 0);
    await copy.sync();
  } finally {
    await copy.close();
  }
  await disk.syncFolder(backupFolder);
}
