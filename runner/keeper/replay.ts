import { encodeSnapshotFrame } from "#protocol/frame";
import { decodePayload } from "#protocol/payloads";
import { recordKinds, scanRecords } from "#protocol/record";
import { replaceFile } from "#runner/keeper/files";
import type { ReplayLog } from "#runner/keeper/past-run";
import { runFiles } from "#runner/keeper/paths";
import type { Screens } from "#runner/keeper/screens";
import { type LogPosition, readRecords } from "#runner/keeper/segment";
import { frameMessage } from "#runner/keeper/wire";

const pieceBytes = 1024 * 1024;

/** Draws a whole log on a screen of its own and keeps the picture beside the log. */
export const replayLog =
  (screens: Screens): ReplayLog =>
  async (run, size) => {
    let wake: () => void = () => undefined;
    let behind = false;
    const screen = screens.open(size, {
      picture: () => undefined,
      behind: (isBehind) => {
        behind = isBehind;
        if (!isBehind) wake();
      },
    });
    const position: LogPosition = { nextSeq: 1, segment: undefined, offset: 0 };
    for (let read = next(); read; read = next()) {
      const { records } = scanRecords(read.memory.subarray(0, read.end));
      for (const record of records) {
        if (record.kind === recordKinds.output) {
          screen.output(record.seq, Uint8Array.from(record.payload), 0);
        } else if (record.kind === recordKinds.resize) {
          const { cols, rows } = decodePayload("resize", record.payload);
          screen.resize(record.seq, { cols, rows });
        }
      }
      if (behind) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    const picture = await screen.close();
    if (!picture) return undefined;
    const frame = encodeSnapshotFrame({ runId: run.id, ...picture });
    replaceFile(runFiles(run.folder).snapshot, frame, { durable: false });
    return { seq: picture.seq, message: frameMessage(frame) };

    function next() {
      return readRecords(run.segments, position, pieceBytes, 0);
    }
  };
