import { closeSync, fsync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { RunId } from "#protocol/ids";
import { bytesOf, makeRoom } from "#runner/keeper/compact";
import { attempt } from "#runner/keeper/files";
import { segmentName } from "#runner/keeper/paths";
import type { Segment } from "#runner/keeper/segment";
import { finishMessage, messagePrefix, payloadOffset, recordOffset } from "#runner/keeper/wire";

/** A record that is in the log, as a whole message for the keeper's socket. */
export interface Appended {
  readonly message: Buffer;
  readonly seq: number;
  readonly kind: number;
  readonly payloadBytes: number;
  /** Where it is in the log, so that a reader who stops here goes on without a search. */
  readonly segment: Segment;
  readonly endOffset: number;
}

/** The log of a run that this process began: the only one that ever appends to it. */
export interface LogWriter {
  readonly segments: readonly Segment[];
  readonly prefix: Uint8Array;
  readonly headSeq: number;
  readonly bytes: number;
  /**
   * Writes one record to the page cache, which outlives this process.
   * @param message memory with the payload in place, from `payloadOffset` to `end`
   * @throws NodeJS.ErrnoException when the disk does not take it; then nothing was appended
   */
  append(kind: number, message: Buffer, end: number): Appended;
  /** Lets the oldest output give way until the log has at most `maxBytes`, or nothing is left to give. */
  shrink(maxBytes: number): void;
  /** No record comes after this one. What was written goes to the disk itself in the background. */
  close(): void;
}

interface WriterOptions {
  readonly folder: string;
  readonly runId: RunId;
  readonly segmentBytes: number;
  readonly maxRunLogBytes: number;
  readonly now: () => number;
  /** Called when a new file of the log was begun. */
  readonly segmentBegun: () => void;
  /** A file could not be put on the disk itself, though every write was taken. */
  readonly syncFailed: (error: NodeJS.ErrnoException) => void;
}

export function createLogWriter(options: WriterOptions): LogWriter {
  const { folder, segmentBytes, maxRunLogBytes, now } = options;
  const prefix = messagePrefix(options.runId);
  const segments: Segment[] = [];
  let current: { readonly fd: number; readonly segment: Segment } | undefined;
  let headSeq = 0;
  let lastTs = 0;
  let bytes = 0;

  const startSegment = (firstSeq: number) => {
    const path = join(folder, segmentName(firstSeq));
    const fd = openSync(path, "w", 0o600);
    const segment: Segment = { path, firstSeq, lastSeq: firstSeq - 1, bytes: 0, compacted: false, replaced: false };
    const before = current;
    segments.push(segment);
    current = { fd, segment };
    // Also where it fails the file is closed, and all of it was written before.
    if (before) attempt(() => closeSync(before.fd), options.syncFailed);
    return current;
  };

  const shrink = (limit: number) => {
    // A full disk has no room for making room. It is tried again with the next record; nothing was given up.
    attempt(
      () => makeRoom(segments, bytes, limit),
      () => undefined,
    );
    bytes = bytesOf(segments);
  };

  return {
    segments,
    prefix,
    get headSeq() {
      return headSeq;
    },
    get bytes() {
      return bytes;
    },
    append(kind, memory, end) {
      const seq = headSeq + 1;
      const ts = Math.max(lastTs, now());
      const message = finishMessage(memory, end, prefix, kind, seq, ts);
      const into = current && current.segment.bytes < segmentBytes ? current : startSegment(seq);
      // Written at its place and not at the file's end, so that half a record of a full disk is written over.
      for (let at = recordOffset; at < end; ) {
        at += writeSync(into.fd, message, at, end - at, into.segment.bytes + at - recordOffset);
      }
      into.segment.bytes += end - recordOffset;
      into.segment.lastSeq = seq;
      bytes += end - recordOffset;
      headSeq = seq;
      lastTs = ts;
      if (bytes > maxRunLogBytes) shrink(maxRunLogBytes);
      if (seq === into.segment.firstSeq && seq > 1) options.segmentBegun();
      return {
        message,
        seq,
        kind,
        payloadBytes: end - payloadOffset,
        segment: into.segment,
        endOffset: into.segment.bytes,
      };
    },
    shrink,
    close() {
      if (!current) return;
      const { fd } = current;
      current = undefined;
      fsync(fd, (error) => {
        if (error) options.syncFailed(error);
        attempt(() => closeSync(fd), options.syncFailed);
      });
    },
  };
}
