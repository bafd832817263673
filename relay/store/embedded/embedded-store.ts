import { dirname, join, resolve } from "node:path";
import type { StoreId } from "#protocol/ids";
import { gatherMs as defaultGatherMs, maxSegmentBytes as defaultSegmentBytes, healthProbeMs } from "#relay/store/caps";
import { EmbeddedArchive } from "#relay/store/embedded/archive";
import { EmbeddedAuditLog } from "#relay/store/embedded/audit-log";
import { DayFiles } from "#relay/store/embedded/day-files";
import { type Disk, errorCodeOf, nodeDisk } from "#relay/store/embedded/disk";
import { EmbeddedDocuments } from "#relay/store/embedded/documents";
import { type FolderLock, lockFolder } from "#relay/store/embedded/folder-lock";
import { DiskHealth } from "#relay/store/embedded/health";
import { limitSyncs } from "#relay/store/embedded/limit-syncs";
import { type StoreLogger, silentLogger } from "#relay/store/embedded/logger";
import { EmbeddedRunLogs } from "#relay/store/embedded/run-logs";
import type { StoreContext } from "#relay/store/embedded/store-context";
import { readOrMakeStoreId } from "#relay/store/embedded/store-identity";
import type { Change, Documents, Store } from "#relay/store/store";

export interface EmbeddedStoreOptions {
  /** Made when it is not there; 0700. One process at a time. */
  readonly dataFolder: string;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  readonly logger?: StoreLogger;
  /** The file system; tests put others under the store. */
  readonly io?: Disk;
  /** Default: the store's cap, as of the two below. */
  readonly maxSegmentBytes?: number;
  readonly gatherMs?: number;
  /** How often a disk that refuses writes is tried again. */
  readonly probeMs?: number;
}

export interface EmbeddedStore extends Store {
  readonly archive: EmbeddedArchive;
}

/**
 * Opens the store of one machine: documents in JSON files, logs in append-only segments, all below one folder.
 * @throws BatonError `store_locked`, `store_newer`, `store_damaged`, or the error of the disk
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const {
    clock = Date.now,
    logger = silentLogger,
    io: disk = nodeDisk,
    maxSegmentBytes = defaultSegmentBytes,
    gatherMs = defaultGatherMs,
    probeMs = healthProbeMs,
  } = options;
  const dataFolder = resolve(options.dataFolder);
  await makeFolders(disk, dataFolder);
  const lock = await lockFolder({ disk, folder: dataFolder, clock, logger });
  const health = new DiskHealth(disk, dataFolder, logger, probeMs);
  const backupFolder = join(dataFolder, "backups");
  try {
    return await openParts({ disk, dataFolder, backupFolder, clock, logger, health, maxSegmentBytes, gatherMs }, lock);
  } catch (error) {
    health.close();
    await lock.release();
    throw error;
  }
}

async function openParts(context: StoreContext, lock: FolderLock): Promise<EmbeddedStore> {
  const storeId: StoreId = await readOrMakeStoreId(context);
  const documents = await EmbeddedDocuments.open(context);
  const archive = new EmbeddedArchive(context, documents, await DayFiles.open(context));
  const logs = await EmbeddedRunLogs.open({ ...context, disk: limitSyncs(context.disk) });
  const audit = await EmbeddedAuditLog.open(context);
  let closing: Promise<void> | undefined;
  const close = async () => {
    try {
      await archive.close();
      await documents.close();
      await logs.close();
      await audit.close();
    } finally {
      context.health.close();
      await lock.release();
    }
  };
  return {
    storeId,
    documents: archiving(documents, archive),
    archive,
    logs,
    audit,
    health: context.health,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** The documents, with the archive told of what has ended. */
function archiving(documents: EmbeddedDocuments, archive: EmbeddedArchive): Documents {
  return {
    get: (collection, id) => documents.get(collection, id),
    all: (collection) => documents.all(collection),
    async commit(changes: readonly Change[]) {
      await documents.commit(changes);
      if (changes.some((change) => "archive" in change)) archive.noteEnded();
    },
  };
}

async function makeFolders(disk: Disk, folder: string): Promise<void> {
  const parent = dirname(folder);
  try {
    if (!(await disk.makeFolder(folder))) return;
  } catch (error) {
    if (errorCodeOf(error) !== "ENOENT" || parent === folder) throw error;
    await makeFolders(disk, parent);
    await disk.makeFolder(folder);
  }
  await disk.syncFolder(parent);
}
