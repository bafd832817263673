import { join } from "node:path";
import { AuditEntry } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { maxBatchBytes, maxPendingAuditBytes } from "#relay/store/caps";
import { AppendFile } from "#relay/store/embedded/append-file";
import { capDamagedCopies } from "#relay/store/embedded/damaged-copies";
import { GroupCommit } from "#relay/store/embedded/group-commit";
import { cutSegment } from "#relay/store/embedded/log-repair";
import { readLinesBackwards } from "#relay/store/embedded/read-lines";
import type { StoreContext } from "#relay/store/embedded/store-context";
import type { AuditLog } from "#relay/store/store";

interface WaitingEntry {
  readonly month: Month;
  readonly bytes: Uint8Array;
}
/** `YYYY-MM`, UTC. */
type Month = string;

/** Who changed what: one JSON line an entry, one file a month, only ever added to. */
export class EmbeddedAuditLog implements AuditLog {
  readonly #context: StoreContext;
  readonly #folder: string;
  readonly #months: Set<Month>;
  readonly #files = new Map<Month, AppendFile>();
  readonly #group: GroupCommit<WaitingEntry>;

  static async open(context: StoreContext): Promise<EmbeddedAuditLog> {
    const { disk, dataFolder } = context;
    const folder = join(dataFolder, "audit");
    if (await disk.makeFolder(folder)) await disk.syncFolder(dataFolder);
    const names = await disk.list(folder);
    const months = names.map((name) => monthFileName.exec(name)?.[1]).filter((month) => month !== undefined);
    return new EmbeddedAuditLog(context, folder, new Set(months));
  }

  private constructor(context: StoreContext, folder: string, months: Set<Month>) {
    this.#context = context;
    this.#folder = folder;
    this.#months = months;
    this.#group = new GroupCommit({
      write: (batch) => this.#write(batch),
      failed: (cause) => context.health.failed(cause),
      maxBatchBytes,
      maxPendingBytes: maxPendingAuditBytes,
    });
  }

  async append(entry: AuditEntry): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(entry)}\n`, "utf8");
    this.#group.refuseWithoutRoom(bytes.length);
    await this.#group.add({ month: new Date(entry.at).toISOString().slice(0, 7), bytes });
  }

  async page({ cursor, limit }: { cursor?: string; limit: number }) {
    const from = cursor === undefined ? undefined : parseCursor(cursor);
    const entries: AuditEntry[] = [];
    const months = [...this.#months].filter((month) => !from || month <= from.month).sort();
    for (const month of months.reverse()) {
      const before = month === from?.month ? from.offset : undefined;
      for await (const line of readLinesBackwards(this.#context.disk, this.#path(month), before)) {
        const entry = this.#parse(month, line);
        if (!entry) continue;
        entries.push(entry);
        if (entries.length < limit) continue;
        const isLast = line.offset === 0 && month === months.at(-1);
        return { entries, next: isLast ? undefined : `${month}.${line.offset}` };
      }
    }
    return { entries, next: undefined };
  }

  async close(): Promise<void> {
    await this.#group.idle();
    for (const file of this.#files.values()) await file.close();
  }

  async #write(batch: readonly WaitingEntry[]): Promise<void> {
    for (const month of new Set(batch.map((entry) => entry.month))) {
      const file = await this.#fileOf(month);
      await file.append(batch.filter((entry) => entry.month === month).map((entry) => entry.bytes));
      this.#months.add(month);
    }
    this.#context.health.succeeded();
  }

  async #fileOf(month: Month): Promise<AppendFile> {
    const known = this.#files.get(month);
    if (known) return known;
    // One month is written at a time, so only its file stays open.
    for (const [other, file] of this.#files) {
      await file.close();
      this.#files.delete(other);
    }
    const { disk } = this.#context;
    const path = this.#path(month);
    const file = this.#months.has(month)
      ? new AppendFile({ disk, path, durableBytes: await this.#wholeLines(path) })
      : new AppendFile({ disk, path });
    this.#files.set(month, file);
    return file;
  }

  /** The bytes up to the last whole line; a line that a crash has cut is kept beside the file. */
  async #wholeLines(path: string): Promise<number> {
    const { disk, clock, logger } = this.#context;
    const bytes = await disk.readFile(path);
    const valid = bytes.lastIndexOf(newline) + 1;
    if (valid < bytes.length) {
      const kept = await cutSegment(disk, path, valid, clock());
      await capDamagedCopies(disk, this.#folder);
      logger.error({ file: path, kept }, "the last line of the audit log was cut");
    }
    return valid;
  }

  #parse(month: Month, line: { readonly text: string; readonly offset: number }): AuditEntry | undefined {
    try {
      const parsed = AuditEntry.safeParse(JSON.parse(line.text));
      if (parsed.success) return parsed.data;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    this.#context.logger.warn({ month, offset: line.offset }, "a line of the audit log is damaged");
    return undefined;
  }

  #path(month: Month): string {
    return join(this.#folder, `${month}.jsonl`);
  }
}

const newline = 0x0a;
const monthFileName = /^(\d{4}-\d{2})\.jsonl$/;

function parseCursor(cursor: string): { month: Month; offset: number } {
  const [, month, offset] = /^(\d{4}-\d{2})\.(\d{1,15})$/.exec(cursor) ?? [];
  if (!month || !offset) {
    throw new BatonError("request_invalid", { field: "cursor", reason: "expected the `next` of a page" });
  }
  return { month, offset: Number(offset) };
}
