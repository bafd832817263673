import { join } from "node:path";
import { BatonError } from "#protocol/errors";
import { RunId } from "#protocol/ids";
import { maxKnownLogs, maxOpenLogFiles } from "#relay/store/caps";
import { removeLogFolder } from "#relay/store/embedded/log-folder";
import { readLog } from "#relay/store/embedded/read-log";
import { RunLog } from "#relay/store/embedded/run-log";
import { SnapshotFiles } from "#relay/store/embedded/snapshot-files";
import type { StoreContext } from "#relay/store/embedded/store-context";
import type { LogDamage, LogState, RunLogs } from "#relay/store/store";

interface KnownLog {
  readonly opening: Promise<RunLog>;
  /** Calls that are under way; a log that is in use is neither closed nor forgotten. */
  users: number;
}

type DamageListener = (runId: RunId, damage: LogDamage) => void;

/** The logs of all runs: each is opened when it is first used, and the ones used last stay known. */
export class EmbeddedRunLogs implements RunLogs {
  readonly #context: StoreContext;
  readonly #folder: string;
  readonly #snapshots: SnapshotFiles;
  /** In the order of their last use. */
  readonly #known = new Map<RunId, KnownLog>();
  readonly #withOpenFile = new Map<RunId, RunLog>();
  readonly #removing = new Map<RunId, Promise<void>>();
  readonly #damageListeners = new Set<DamageListener>();
  #closed = false;

  static async open(context: StoreContext): Promise<EmbeddedRunLogs> {
    const folder = join(context.dataFolder, "logs");
    if (await context.disk.makeFolder(folder)) await context.disk.syncFolder(context.dataFolder);
    return new EmbeddedRunLogs(context, folder);
  }

  private constructor(context: StoreContext, folder: string) {
    this.#context = context;
    this.#folder = folder;
    this.#snapshots = new SnapshotFiles(context, (runId) => this.#folderOf(runId));
  }

  open(runId: RunId): Promise<LogState> {
    return this.#use(runId, async (log) => log.state());
  }

  append(runId: RunId, records: Uint8Array, firstSeq: number, lastSeq: number): Promise<void> {
    return this.#use(runId, async (log) => {
      try {
        await log.append(records, firstSeq, lastSeq);
      } finally {
        this.#noteOpenFile(runId, log);
      }
    });
  }

  async *read(runId: RunId, fromSeq: number): AsyncGenerator<Uint8Array> {
    const known = this.#take(runId);
    try {
      yield* readLog(this.#context.disk, await known.opening, fromSeq);
    } finally {
      this.#giveBack(known);
    }
  }

  putSnapshot(runId: RunId, frame: Uint8Array): Promise<void> {
    return this.#snapshots.put(runId, frame);
  }

  snapshot(runId: RunId): Promise<Uint8Array | undefined> {
    return this.#snapshots.get(runId);
  }

  async release(runId: RunId): Promise<void> {
    const known = this.#known.get(runId);
    if (!known) return;
    await (await known.opening).close();
    this.#withOpenFile.delete(runId);
    if (known.users === 0 && this.#known.get(runId) === known) this.#known.delete(runId);
  }

  async remove(runId: RunId): Promise<boolean> {
    if (this.#closed) throw new BatonError("shutting_down");
    if ((this.#known.get(runId)?.users ?? 0) > 0) return false;
    await this.release(runId);
    if (this.#known.has(runId) || this.#removing.has(runId)) return false;
    const removing = removeLogFolder(this.#context.disk, this.#folderOf(runId));
    // Whoever opens it meanwhile waits, and begins a new one.
    this.#removing.set(
      runId,
      removing.catch(() => undefined),
    );
    try {
      await removing;
      return true;
    } catch (cause) {
      throw this.#context.health.failed(cause);
    } finally {
      this.#removing.delete(runId);
    }
  }

  onDamage(listener: DamageListener): () => void {
    this.#damageListeners.add(listener);
    return () => this.#damageListeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { opening } of this.#known.values()) await opening.then((log) => log.close());
  }

  async #use<T>(runId: RunId, work: (log: RunLog) => Promise<T>): Promise<T> {
    const known = this.#take(runId);
    try {
      return await work(await known.opening);
    } finally {
      this.#giveBack(known);
    }
  }

  #take(runId: RunId): KnownLog {
    if (this.#closed) throw new BatonError("shutting_down");
    const known = this.#known.get(runId) ?? this.#open(runId);
    known.users++;
    this.#known.delete(runId);
    this.#known.set(runId, known);
    return known;
  }

  #giveBack(known: KnownLog): void {
    known.users--;
    if (this.#known.size <= maxKnownLogs) return;
    for (const [runId, { users }] of this.#known) {
      if (users > 0 || this.#withOpenFile.has(runId)) continue;
      this.#known.delete(runId);
      break;
    }
  }

  #open(runId: RunId): KnownLog {
    const options = {
      context: this.#context,
      runId,
      folder: this.#folderOf(runId),
      onDamage: (damage: LogDamage) => {
        for (const listener of [...this.#damageListeners]) listener(runId, damage);
      },
    };
    const removing = this.#removing.get(runId);
    const opening = removing ? removing.then(() => RunLog.open(options)) : RunLog.open(options);
    const known = { opening, users: 0 };
    opening.catch(() => {
      if (this.#known.get(runId) === known) this.#known.delete(runId);
    });
    return known;
  }

  /** Remembers that a log holds a file open, and closes the one that was used longest ago when there are too many. */
  #noteOpenFile(runId: RunId, log: RunLog): void {
    this.#withOpenFile.delete(runId);
    if (!log.hasOpenFile) return;
    this.#withOpenFile.set(runId, log);
    if (this.#withOpenFile.size <= maxOpenLogFiles) return;
    for (const [oldest, idle] of this.#withOpenFile) {
      if ((this.#known.get(oldest)?.users ?? 0) > 0) continue;
      this.#withOpenFile.delete(oldest);
      idle.closeFile().catch((cause) => this.#context.health.failed(cause));
      break;
    }
  }

  /** The last two digits of an id are random, the first are the time. */
  #folderOf(runId: RunId): string {
    if (!RunId.safeParse(runId).success) throw new BatonError("not_found", { what: "run" });
    return join(this.#folder, runId.slice(-2), runId);
  }
}
