import { readFileSync, truncateSync } from "node:fs";
import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { bytesOf, makeRoom } from "#runner/keeper/compact";
import { attempt, ifThere } from "#runner/keeper/files";
import type { HeldRun, RunFollower, Snapshot } from "#runner/keeper/held-run";
import { runFiles } from "#runner/keeper/paths";
import {
  type RunDocument,
  readAckedSeq,
  readRunDocument,
  writeAckedSeq,
  writeRunDocument,
} from "#runner/keeper/run-document";
import { listSegments, scanLog } from "#runner/keeper/scan-log";
import type { Segment } from "#runner/keeper/segment";
import { readSnapshotFile } from "#runner/keeper/snapshot-file";
import { messagePrefix } from "#runner/keeper/wire";

/** A log up to this size is read through at every start; a larger one only when its size is not what it was. */
const alwaysScanBytes = 1024 * 1024;

/**
 * A run of a keeper that is dead. One without an exit record is lost. Nothing is appended to it; a damaged tail is
 * cut.
 * @param replay draws its log
 * @param later is given what else is to be written: a disk that is slow, or takes nothing, delays no keeper's start
 * @returns undefined when the folder holds no run
 * @throws BatonError `message_malformed` when its document cannot be read
 */
export function openPastRun(
  runId: RunId,
  folder: string,
  replay: ReplayLog,
  later: (write: () => void) => void,
): HeldRun | undefined {
  const read = readRunDocument(folder);
  if (!read) return undefined;
  const opened = openLog(folder, read);
  const { segments } = opened;
  let document: RunDocument = { ...read, ended: opened.ended };
  let { ended } = opened;
  let ackedSeq = readAckedSeq(folder);
  let bytes = ended.bytes;
  let picture = readSnapshotFile(runFiles(folder).snapshot);
  const followers = new Set<RunFollower>();

  const save = () => {
    document = { ...document, ended: { ...ended, bytes } };
    writeRunDocument(folder, document);
  };
  if (opened.changed) later(save);

  const run: HeldRun = {
    id: runId,
    runnerId: document.header.runnerId,
    folder,
    segments,
    prefix: messagePrefix(runId),
    followers,
    over: true,
    get headSeq() {
      return ended.headSeq;
    },
    get ackedSeq() {
      return ackedSeq;
    },
    get bytes() {
      return bytes;
    },
    get finished() {
      return document.header.visibility === "local" || ackedSeq >= ended.headSeq;
    },
    createdAt: document.header.createdAt,
    get visibility() {
      return document.header.visibility;
    },
    get lastSnapshot() {
      return picture;
    },
    describe: (): KeeperRun => ({
      header: document.header,
      status: "ended",
      ...(!ended.exit && { lost: true }),
      firstSeq: ended.headSeq === 0 ? 0 : 1,
      headSeq: ended.headSeq,
      ackedSeq,
      size: ended.size,
      ...(ended.pid !== undefined && { pid: ended.pid }),
      ...(ended.exit && { exit: ended.exit }),
      ...(ended.project && { project: ended.project }),
      ...(ended.damage && { damage: ended.damage }),
      lease: { leaseEpoch: 0 },
    }),
    ack(seq) {
      if (seq <= ackedSeq) return;
      ackedSeq = Math.min(seq, ended.headSeq);
      // The relay says it again to the next keeper.
      attempt(
        () => writeAckedSeq(folder, ackedSeq),
        () => undefined,
      );
    },
    share(sharedWith) {
      if (document.header.visibility === "team") return;
      document = { ...document, header: { ...document.header, visibility: "team", ...(sharedWith && { sharedWith }) } };
      save();
    },
    async snapshot(): Promise<Snapshot> {
      picture ??= await replay(run, document.command.size);
      if (!picture) throw new BatonError("snapshot_unavailable");
      return picture;
    },
    shrink(maxBytes) {
      const before = bytes;
      try {
        makeRoom(segments, bytes, maxBytes);
      } finally {
        bytes = bytesOf(segments);
      }
      if (bytes !== before) save();
    },
    damaged(segment: Segment, offset: number, reason: string) {
      const again = cutLog(folder, segment, offset);
      segments.splice(0, segments.length, ...again.segments);
      const { exit: _exit, ...rest } = ended;
      ended = {
        ...rest,
        headSeq: again.headSeq,
        ...(again.exit && { exit: again.exit }),
        damage: { validSeq: again.headSeq, reason },
      };
      bytes = again.bytes;
      save();
    },
  };
  return run;
}

/** Draws a log on a terminal of its own, for a run that died before it left a picture. */
export type ReplayLog = (
  run: HeldRun,
  size: { readonly cols: number; readonly rows: number },
) => Promise<Snapshot | undefined>;

type Ended = NonNullable<RunDocument["ended"]>;

interface OpenedLog {
  readonly segments: Segment[];
  readonly ended: Ended;
  /** Whether its log says otherwise than its document. */
  readonly changed: boolean;
}

function openLog(folder: string, document: RunDocument): OpenedLog {
  const files = listSegments(folder);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (document.ended && bytes > alwaysScanBytes && bytes === document.ended.bytes) {
    const { headSeq } = document.ended;
    const segments = files.map((file, index) => ({
      ...file,
      lastSeq: (files[index + 1]?.firstSeq ?? headSeq + 1) - 1,
      compacted: false,
      replaced: false,
    }));
    return { segments, ended: document.ended, changed: false };
  }
  const log = scanLog(folder);
  const ended: Ended = {
    headSeq: log.headSeq,
    bytes: log.bytes,
    size: log.size ?? document.command.size,
    ...(log.pid !== undefined && { pid: log.pid }),
    ...(log.exit && { exit: log.exit }),
  };
  const damage = log.damage ?? document.ended?.damage;
  if (damage) ended.damage = damage;
  const changed = JSON.stringify(ended) !== JSON.stringify(document.ended);
  return { segments: log.segments, ended, changed };
}

function cutLog(folder: string, segment: Segment, offset: number) {
  if (ifThere(() => readFileSync(segment.path)) !== undefined) truncateSync(segment.path, offset);
  return scanLog(folder);
}
