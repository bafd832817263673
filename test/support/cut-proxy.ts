import { createConnection, createServer, type Socket } from "node:net";

/** A wire that can fail: a TCP proxy on 127.0.0.1 whose connections can be cut, or stalled without being closed. */
export interface CutProxy extends AsyncDisposable {
  readonly port: number;
  /** Ends every connection at once, as a network does: with a reset, no goodbye. @returns how many */
  readonly cut: () => number;
  /** Nothing passes in either direction from now on, and nobody is told. */
  readonly stall: () => void;
  /** What was stalled goes on. */
  readonly flow: () => void;
  /** New connections are refused while it is closed. */
  readonly setOpen: (open: boolean) => void;
  readonly connections: () => number;
  readonly stop: () => Promise<void>;
}

/** @param targetPort a port of 127.0.0.1; it need not be listening yet */
export async function cutProxy(targetPort: number): Promise<CutProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let open = true;
  let stalled = false;
  const server = createServer({ noDelay: true }, (near) => {
    if (!open) {
      near.resetAndDestroy();
      return;
    }
    const far = createConnection({ port: targetPort, host: "127.0.0.1", noDelay: true });
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.pipe(to);
      from.on("error", () => from.destroy());
      from.on("close", () => {
        pairs.delete(pair);
        to.destroy();
      });
    }
    if (stalled) hold(pair);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");

  const cut = () => {
    const all = [...pairs];
    for (const [near, far] of all) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    return all.length;
  };
  const stop = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    cut();
    await closed;
  };
  return {
    port: address.port,
    cut,
    stall: () => {
      stalled = true;
      for (const pair of pairs) hold(pair);
    },
    flow: () => {
      stalled = false;
      for (const [near, far] of pairs) {
        near.pipe(far);
        far.pipe(near);
      }
    },
    setOpen: (value) => {
      open = value;
    },
    connections: () => pairs.size,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function hold([near, far]: readonly [Socket, Socket]): void {
  near.unpipe(far);
  far.unpipe(near);
  near.pause();
  far.pause();
}
