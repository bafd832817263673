import { turnBytes } from "#runner/core/caps";

/** What waits to be sent, of one run. */
export interface Flow {
  readonly frames: Uint8Array[];
  /** What it may still send in its turn, in bytes. */
  allowanceBytes: number;
  /** Which list it stands in. */
  list: "none" | "fresh" | "waiting";
}

export interface FairQueue {
  push(flow: Flow, frame: Uint8Array): void;
  /** The next frame to send, or undefined. */
  next(): Uint8Array | undefined;
  remove(flow: Flow): void;
}

export const createFlow = (): Flow => ({ frames: [], allowanceBytes: 0, list: "none" });

/**
 * Deficit round robin with a lane for flows that were quiet (RFC 8290, sections 4 and 5): the echo of a key leaves
 * before the next bulk frame of any other run, and runs with much to say share what is left evenly.
 */
export function createFairQueue(): FairQueue {
  const fresh: Flow[] = [];
  const waiting: Flow[] = [];

  const move = (flow: Flow, from: Flow[], list: Flow["list"]) => {
    from.shift();
    flow.list = list;
    if (list === "waiting") waiting.push(flow);
  };

  return {
    push(flow, frame) {
      flow.frames.push(frame);
      if (flow.list !== "none") return;
      flow.list = "fresh";
      flow.allowanceBytes = turnBytes;
      fresh.push(flow);
    },
    next() {
      for (;;) {
        const list = fresh.length > 0 ? fresh : waiting;
        const flow = list[0];
        if (!flow) return undefined;
        if (flow.allowanceBytes <= 0) {
          flow.allowanceBytes += turnBytes;
          move(flow, list, "waiting");
          continue;
        }
        const frame = flow.frames.shift();
        if (!frame) {
          // A flow that ran dry in the fast lane goes once through the slow one, or a trickle could starve the rest.
          move(flow, list, list === fresh && waiting.length > 0 ? "waiting" : "none");
          continue;
        }
        flow.allowanceBytes -= frame.length;
        return frame;
      }
    },
    remove(flow) {
      for (const list of [fresh, waiting]) {
        const index = list.indexOf(flow);
        if (index >= 0) list.splice(index, 1);
      }
      flow.frames.length = 0;
      flow.list = "none";
    },
  };
}
