import { snapshotReuseBytes } from "#protocol/caps";
import type { TerminalSize } from "#protocol/documents";
import { encodeSnapshotFrame } from "#protocol/frame";
import type { RunId } from "#protocol/ids";
import { attempt } from "#runner/keeper/files";
import type { Snapshot } from "#runner/keeper/held-run";
import type { Appended } from "#runner/keeper/log-writer";
import type { Picture } from "#runner/keeper/screen-messages";
import type { Screens } from "#runner/keeper/screens";
import { writeSnapshotFile } from "#runner/keeper/snapshot-file";
import { frameMessage, payloadOffset } from "#runner/keeper/wire";

/** A run's screen and the last picture of it. */
export interface RunPictures {
  readonly last: Snapshot | undefined;
  output(record: Appended): void;
  resize(seq: number, size: TerminalSize): void;
  ask(sequence: string): Promise<string>;
  /**
   * A picture at most `snapshotReuseBytes` old, or the newest there is.
   * @throws BatonError `snapshot_unavailable`
   */
  take(): Promise<Snapshot>;
  /** The last picture, which is also written to a file where the disk takes it; the screen is let go. */
  close(file: string, failed: (error: NodeJS.ErrnoException) => void): Promise<Snapshot | undefined>;
}

interface PictureEvents {
  pictured(snapshot: Snapshot): void;
  behind(behind: boolean): void;
}

export function createRunPictures(
  screens: Screens,
  runId: RunId,
  size: TerminalSize,
  events: PictureEvents,
): RunPictures {
  let last: Snapshot | undefined;
  let outputBytes = 0;
  let bytesAtLast = 0;
  let closed = false;

  const keep = (picture: Picture): Snapshot => {
    if (last && last.seq >= picture.seq) return last;
    last = { seq: picture.seq, message: frameMessage(encodeSnapshotFrame({ runId, ...picture })) };
    bytesAtLast = outputBytes;
    return last;
  };
  const screen = screens.open(size, {
    picture: (picture) => events.pictured(keep(picture)),
    behind: events.behind,
  });

  return {
    get last() {
      return last;
    },
    output(record) {
      outputBytes += record.payloadBytes;
      screen.output(record.seq, record.message, payloadOffset);
    },
    resize: screen.resize,
    ask: screen.ask,
    async take() {
      if (last && (closed || outputBytes - bytesAtLast <= snapshotReuseBytes)) return last;
      try {
        return keep(await screen.picture());
      } catch (error) {
        if (last) return last;
        throw error;
      }
    },
    async close(file, failed) {
      const picture = await screen.close();
      closed = true;
      if (!picture) return undefined;
      const frame = encodeSnapshotFrame({ runId, ...picture });
      attempt(() => writeSnapshotFile(file, frame), failed);
      return keep(picture);
    },
  };
}
