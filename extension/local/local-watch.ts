import { BatonError } from "#protocol/errors";
import { decodeFrame } from "#protocol/frame";
import type { RunId } from "#protocol/ids";
import { recordKinds } from "#protocol/record";
import type { ToViewer, ViewerCommand } from "#protocol/viewer-link";
import type { FoundRun } from "#runner/core/find-run";

/** Records that a view gets from the first one on. */
const maxWholeRecords = 100;

type Watch = Extract<ViewerCommand, { type: "run.watch" }>;

/** The stream of one run towards one viewer, as a relay would send it. */
export interface LocalWatch {
  watch(command: Watch): Promise<void>;
  unwatch(): void;
  frame(bytes: Uint8Array): void;
}

interface WatchDeps {
  readonly found: FoundRun;
  readonly tell: (message: ToViewer) => void;
  readonly send: (bytes: Uint8Array) => void;
  /** Who has the keyboard now, as `run.watching` says it. */
  readonly lease: () => Extract<ToViewer, { type: "run.watching" }>["lease"];
}

export function createLocalWatch({ found: { run, keeper }, tell, send, lease }: WatchDeps): LocalWatch {
  const runId: RunId = run.header.id;
  let picture: Uint8Array | undefined;
  let isAttached = false;
  let turn = 0;

  /** The keeper's picture of the screen; undefined where there is none. */
  const takePicture = async (): Promise<Uint8Array | undefined> => {
    picture = undefined;
    try {
      await keeper.request("snapshot", { runId });
    } catch (error) {
      if (!(error instanceof BatonError && error.code === "snapshot_unavailable")) throw error;
    }
    return picture;
  };
  const leave = async () => {
    if (isAttached) await keeper.request("detach", { runId });
    isAttached = false;
  };

  return {
    async watch({ afterSeq, creditBytes }) {
      const mine = ++turn;
      await leave();
      // A short log is shown as a whole, without a picture of its end.
      const isShort = run.headSeq - run.firstSeq < maxWholeRecords;
      const bytes = afterSeq === undefined && !isShort ? await takePicture() : undefined;
      if (mine !== turn) return;
      const snapshot = bytes && decodeFrame(bytes);
      const shownSeq = snapshot?.type === "snapshot" ? snapshot.seq : (afterSeq ?? 0);
      const fromSeq = Math.max(shownSeq + 1, run.firstSeq, 1);
      tell({
        ...{ type: "run.watching", runId, fromSeq, headSeq: run.headSeq, snapshot: bytes !== undefined },
        ...{ lease: lease(), watchers: [] },
      });
      if (bytes) send(bytes);
      isAttached = true;
      await keeper.request("attach", { runId, fromSeq, creditBytes });
    },
    unwatch() {
      turn++;
      void leave().catch(() => undefined);
    },
    frame(bytes) {
      const frame = decodeFrame(bytes);
      if (frame.type === "snapshot") picture = bytes;
      if (frame.type !== "records" || !isAttached) return;
      // A keeper's credit is every record's payload, a viewer's that of output alone.
      const silent = frame.records.filter(({ kind }) => kind !== recordKinds.output);
      const silentBytes = silent.reduce((sum, { payload }) => sum + payload.length, 0);
      if (silentBytes > 0) keeper.notify({ type: "credit", runId, bytes: silentBytes });
      send(bytes);
    },
  };
}
