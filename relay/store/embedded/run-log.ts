import { join } from "node:path";
import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import { gatherBytes, maxBatchBytes, maxPendingLogBytes } from "#relay/store/caps";
import { AppendFile } from "#relay/store/embedded/append-file";
import { capDamagedCopies } from "#relay/store/embedded/damaged-copies";
import { GroupCommit } from "#relay/store/embedded/group-commit";
import { findSegments, makeLogFolder, type Segment, syncSegment } from "#relay/store/embedded/log-folder";
import { cutSegment, setSegmentAside } from "#relay/store/embedded/log-repair";
import { checkOrder } from "#relay/store/embedded/record-order";
import { type SegmentScan, scanSegment } from "#relay/store/embedded/scan-segment";
import { encodeSegmentHeader, segmentHeaderBytes, segmentNameOf } from "#relay/store/embedded/segment";
import { SegmentIndex } from "#relay/store/embedded/segment-index";
import { Serial } from "#relay/store/embedded/serial";
import type { StoreContext } from "#relay/store/embedded/store-context";
import type { LogDamage, LogState } from "#relay/store/store";

/** Records that wait for the disk. */
export interface LogEntry {
  readonly bytes: Uint8Array;
  readonly previousSeq: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

export interface RunLogOptions {
  readonly context: StoreContext;
  readonly runId: RunId;
  readonly folder: string;
  readonly onDamage: (damage: LogDamage) => void;
}

/** The log of one run: its segments on disk, and what waits to get there. There is never more than one of it a run. */
export class RunLog {
  readonly #options: RunLogOptions;
  readonly #serial = new Serial();
  readonly #group: GroupCommit<LogEntry>;
  #segments: Segment[] = [];
  /** The file of the last segment. */
  #tail: AppendFile | undefined;
  /** A segment whose first append has not succeeded yet. */
  #unmade: AppendFile | undefined;
  #durableSeq = 0;
  #headSeq = 0;
  #damage: LogDamage | undefined;
  #cutReason: string | undefined;
  /** Set while a repair has begun and not ended: what memory says of the segments may be wrong. */
  #mustReload = false;

  static async open(options: RunLogOptions): Promise<RunLog> {
    const log = new RunLog(options);
    try {
      await log.#load();
    } catch (cause) {
      throw options.context.health.failed(cause);
    }
    return log;
  }

  private constructor(options: RunLogOptions) {
    this.#options = options;
    this.#group = new GroupCommit({
      write: (batch) => this.#serial.run(() => this.#write(batch)),
      failed: (cause) => {
        this.#headSeq = this.#durableSeq;
        return this.#options.context.health.failed(cause);
      },
      maxBatchBytes,
      maxPendingBytes: maxPendingLogBytes,
      gatherMs: options.context.gatherMs,
      gatherBytes,
    });
  }

  get durableSeq(): number {
    return this.#durableSeq;
  }

  get headSeq(): number {
    return this.#headSeq;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  get hasOpenFile(): boolean {
    return this.#tail?.isOpen === true;
  }

  state(): LogState {
    return {
      durableSeq: this.#durableSeq,
      headSeq: this.#headSeq,
      firstSeq: this.#segments[0]?.firstSeq ?? 0,
      bytes: this.#segments.reduce((sum, segment) => sum + segment.bytes, 0),
      damage: this.#damage,
    };
  }

  /** See `RunLogs.append`. */
  append(bytes: Uint8Array, firstSeq: number, lastSeq: number): Promise<void> {
    const previousSeq = this.#headSeq;
    const entry = { bytes, previousSeq, firstSeq: checkOrder(bytes, previousSeq, firstSeq, lastSeq), lastSeq };
    this.#group.refuseWithoutRoom(bytes.length);
    this.#headSeq = lastSeq;
    return this.#group.add(entry);
  }

  /** Records that are not durable yet, in order. */
  pending(): Iterable<LogEntry> {
    return this.#group.pending();
  }

  /** Checks a segment whose records nobody has looked at yet; what is damaged is cut off, with all behind it. */
  async check(segment: Segment): Promise<void> {
    if (segment.index) return;
    segment.checking ??= this.#checkSealed(segment);
    await segment.checking;
  }

  /** Looks at a segment again, because a read found something in it that it had not expected. */
  async recheck(segment: Segment): Promise<void> {
    await this.#serial.run(async () => {
      const at = this.#segments.indexOf(segment);
      if (at < 0) return;
      const scan = await this.#scan(segment, undefined);
      if (scan.validBytes < segment.bytes) await this.#cutAndSettle(at, scan, scan.reason ?? tooShort);
    });
  }

  /** Closes the file when nothing waits for it; the next append opens it again. */
  closeFile(): Promise<void> {
    return this.#serial.run(async () => this.#tail?.close());
  }

  async close(): Promise<void> {
    await this.#group.idle();
    await this.closeFile();
  }

  async #load(): Promise<void> {
    const { context, folder } = this.#options;
    const segments = await findSegments(context.disk, folder);
    await this.#tail?.close();
    this.#tail = undefined;
    this.#segments = segments;
    await this.#settle();
    this.#mustReload = false;
  }

  /** Finds the end of the log: the last record of the last segment that has one. What is behind it is cut off. */
  async #settle(): Promise<void> {
    const { disk } = this.#options.context;
    let end = 0;
    while (end === 0 && this.#segments.length > 0) {
      const at = this.#segments.length - 1;
      const segment = this.#segments[at];
      if (!segment) break;
      const scan = await this.#scan(segment, at === 0 ? 0 : undefined);
      if (scan.lastSeq === 0 && scan.fileBytes <= segmentHeaderBytes) {
        // It was being made when the process ended; nothing was ever in it.
        await disk.unlink(segment.path);
        this.#segments.pop();
        continue;
      }
      if (scan.reason !== undefined) await this.#cut(at, scan, scan.reason);
      if (scan.lastSeq === 0) continue;
      segment.index = scan.index;
      end = scan.lastSeq;
      await this.#makeTail(segment);
    }
    this.#durableSeq = this.#headSeq = end;
    if (this.#cutReason === undefined) return;
    this.#damage = { validSeq: end, reason: this.#cutReason, foundAt: this.#options.context.clock() };
    this.#cutReason = undefined;
    this.#options.onDamage(this.#damage);
  }

  /** What was read may be known to the kernel only, so it is synced before it counts as durable. */
  async #makeTail(segment: Segment): Promise<void> {
    const { disk } = this.#options.context;
    await syncSegment(disk, segment.path);
    const { path, bytes: durableBytes } = segment;
    this.#tail = new AppendFile({ disk, path, durableBytes, verify: () => this.#verify(segment) });
  }

  async #write(batch: readonly LogEntry[]): Promise<void> {
    const first = batch[0];
    if (!first) return;
    if (this.#mustReload) await this.#load();
    if (first.previousSeq !== this.#durableSeq) {
      throw new BatonError("record_out_of_sequence", { seq: first.firstSeq, headSeq: this.#durableSeq });
    }
    const buffers = batch.map((entry) => entry.bytes);
    const { segment, file } = await this.#tailFor(first.firstSeq, sumOf(buffers));
    let offset = await file.append(buffers);
    if (this.#tail !== file) {
      this.#tail = file;
      this.#unmade = undefined;
      this.#segments.push(segment);
    }
    for (const entry of batch) {
      segment.index?.note(entry.firstSeq, offset);
      offset += entry.bytes.length;
    }
    segment.bytes = file.durableBytes;
    this.#durableSeq = batch.at(-1)?.lastSeq ?? this.#durableSeq;
    this.#options.context.health.succeeded();
  }

  async #tailFor(firstSeq: number, bytes: number): Promise<{ segment: Segment; file: AppendFile }> {
    const last = this.#segments.at(-1);
    if (last && this.#tail && last.bytes + bytes <= this.#options.context.maxSegmentBytes)
      return { segment: last, file: this.#tail };
    await this.#tail?.close();
    await this.#unmade?.removeUnmade();
    const { context, folder, runId } = this.#options;
    if (!last) await makeLogFolder(context.disk, folder);
    const path = join(folder, segmentNameOf(firstSeq));
    const segment: Segment = { firstSeq, path, bytes: 0, index: new SegmentIndex() };
    const header = encodeSegmentHeader(runId, firstSeq);
    this.#unmade = new AppendFile({ disk: context.disk, path, header, verify: () => this.#verify(segment) });
    return { segment, file: this.#unmade };
  }

  /** After a failed write: whether everything that was confirmed can still be read. */
  async #verify(segment: Segment): Promise<void> {
    const scan = await this.#scan(segment, undefined);
    if (scan.validBytes >= segment.bytes) return;
    await this.#cutAndSettle(this.#segments.indexOf(segment), scan, scan.reason ?? tooShort);
    throw new BatonError("storage_failed", { reason: tooShort });
  }

  #scan(segment: Segment, previousSeq: number | undefined): Promise<SegmentScan> {
    const { context, runId } = this.#options;
    return scanSegment(context.disk, { path: segment.path, runId, firstSeq: segment.firstSeq, previousSeq });
  }

  async #checkSealed(segment: Segment): Promise<void> {
    const at = this.#segments.indexOf(segment);
    const scan = await this.#scan(segment, at === 0 ? 0 : undefined);
    const next = this.#segments[at + 1];
    const missing =
      scan.reason === undefined && next && next.firstSeq !== scan.lastSeq + 1
        ? (await this.#scan(next, scan.lastSeq)).lastSeq === 0
        : false;
    const reason = missing ? "records are missing" : scan.reason;
    if (reason === undefined) {
      segment.index = scan.index;
      return;
    }
    await this.#serial.run(async () => {
      const now = this.#segments.indexOf(segment);
      if (now >= 0) await this.#cutAndSettle(now, scan, reason);
    });
  }

  async #cutAndSettle(at: number, scan: SegmentScan, reason: string): Promise<void> {
    this.#mustReload = true;
    await this.#cut(at, scan, reason);
    await this.#settle();
    this.#mustReload = false;
  }

  /** Ends the log behind the valid part of a segment. The rest stays on the disk, outside of the log. */
  async #cut(at: number, scan: SegmentScan, reason: string): Promise<void> {
    const { context, runId, folder } = this.#options;
    const now = context.clock();
    await this.#tail?.close();
    this.#tail = undefined;
    this.#cutReason = reason;
    const kept: string[] = [];
    // From the end, so that a crash in between leaves a log without a hole.
    for (const segment of this.#segments.slice(scan.lastSeq === 0 ? at : at + 1).reverse()) {
      kept.push(await setSegmentAside(context.disk, segment.path, now));
      this.#segments.pop();
    }
    const segment = scan.lastSeq > 0 ? this.#segments[at] : undefined;
    if (segment) {
      if (scan.fileBytes > scan.validBytes) {
        kept.push(await cutSegment(context.disk, segment.path, scan.validBytes, now));
      }
      segment.bytes = scan.validBytes;
    }
    if (kept.length > 0) await capDamagedCopies(context.disk, folder);
    context.logger.error({ runId, reason, kept }, "a log was damaged; the part before the damage is kept");
  }
}

const tooShort = "a file of the log is shorter than it was";
const sumOf = (buffers: readonly Uint8Array[]) => buffers.reduce((sum, buffer) => sum + buffer.length, 0);
