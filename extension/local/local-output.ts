import type { LocalSource } from "#extension/local/local-link";
import { createCastWriter } from "#protocol/cast";
import { toUtf8 } from "#protocol/json";
import type { PanelFile } from "#protocol/panel-link";
import { type LogRecord, recordKinds } from "#protocol/record";
import type { FoundRun } from "#runner/core/find-run";
import { readLog } from "#runner/core/read-log";
import type { WritePiece } from "#runner/node/whole-file";

interface Writer {
  pieces(records: readonly LogRecord[]): readonly Uint8Array[];
  end(): readonly Uint8Array[];
}

const writers: { readonly [F in PanelFile]: (found: FoundRun) => Writer } = {
  readLog: () => ({
    pieces: (records) => records.filter(({ kind }) => kind === recordKinds.output).map(({ payload }) => payload),
    end: () => [],
  }),
  readCast({ run: { header, size } }) {
    const cast = createCastWriter({ body: header.body, createdAt: header.createdAt, size });
    return { pieces: (records) => [toUtf8(cast.lines(records))], end: () => [toUtf8(cast.end())] };
  },
};

/**
 * What a run has printed so far, from its keeper's log, piece by piece: the keeper sends no more than was written.
 * @throws BatonError `run_never_seen`, `keeper_unreachable`; `connection_lost` also when the signal aborts
 */
export async function localOutput(
  source: Pick<LocalSource, "find">,
  file: PanelFile,
  signal: AbortSignal,
  write: WritePiece,
): Promise<void> {
  const found = await source.find();
  const stop = () => found.keeper.close();
  signal.addEventListener("abort", stop);
  try {
    const writer = writers[file](found);
    let failure: { readonly error: unknown } | undefined;
    const writeAll = (pieces: readonly Uint8Array[]) => {
      if (failure) return;
      try {
        for (const piece of pieces) write(piece);
      } catch (error) {
        // A full disk, say: nothing more is read.
        failure = { error };
        stop();
      }
    };
    await readLog(found, { records: (records) => writeAll(writer.pieces(records)) }).catch((error: unknown) => {
      throw failure ? failure.error : error;
    });
    writeAll(writer.end());
    if (failure) throw failure.error;
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}
