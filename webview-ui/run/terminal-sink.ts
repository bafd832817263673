import type { Terminal } from "@xterm/xterm";
import { decodePayload, type Payload } from "#protocol/payloads";
import { type RecordKind, recordKindName } from "#protocol/record";
import type { RunSink } from "#sdk/run-stream";
import { createStore, type Readable } from "#sdk/vanilla-store";

export interface TerminalView {
  /** Whether something of the run is on the screen. */
  readonly painted: boolean;
  /** False while a person has scrolled up. */
  readonly following: boolean;
  readonly cols: number;
  readonly rows: number;
  /** Output that gave way at the run's cap, in bytes. */
  readonly missingBytes: number;
  readonly notices: readonly Payload<"notice">[];
}

const maxNotices = 50;

/** Writes a run's log into a terminal, and keeps what a view says besides. */
export function createTerminalSink(terminal: Terminal): {
  readonly sink: RunSink;
  readonly view: Readable<TerminalView>;
  change(next: Partial<TerminalView>): void;
} {
  const { cols, rows } = terminal;
  const view = createStore<TerminalView>({
    painted: false,
    following: true,
    cols,
    rows,
    missingBytes: 0,
    notices: [],
  });
  const change = (next: Partial<TerminalView>) => view.set((current) => ({ ...current, ...next }));
  /** Runs when everything that was written before is on the screen. */
  const inOrder = (action: () => void) => terminal.write("", action);
  const resizeTo = (size: { readonly cols: number; readonly rows: number }) =>
    inOrder(() => {
      terminal.resize(size.cols, size.rows);
      change({ cols: size.cols, rows: size.rows });
    });

  /** What is shown of records that are no output; the other kinds have no place in a terminal. */
  const draw: Partial<Record<RecordKind, (payload: Uint8Array) => void>> = {
    resize: (payload) => resizeTo(decodePayload("resize", payload)),
    gap(payload) {
      const { bytes } = decodePayload("gap", payload);
      change({ missingBytes: view.get().missingBytes + bytes });
    },
    notice(payload) {
      const notice = decodePayload("notice", payload);
      change({ notices: [...view.get().notices, notice].slice(-maxNotices) });
    },
  };
  const sink: RunSink = {
    reset(snapshot) {
      inOrder(() => {
        terminal.reset();
        change({ missingBytes: 0, notices: [], painted: true });
      });
      if (!snapshot) return;
      resizeTo(snapshot);
      terminal.write(snapshot.bytes);
    },
    record(record, consumed) {
      const kind = recordKindName(record.kind);
      if (kind === "output") {
        terminal.write(record.payload, consumed);
        return;
      }
      try {
        if (kind) draw[kind]?.(record.payload);
      } catch (error) {
        console.warn(`Record ${record.seq} is of a form that this page does not know; the others are shown.`, error);
      }
      consumed();
    },
    changed() {},
  };
  return { sink, view, change };
}
