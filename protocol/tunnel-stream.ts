/** What a tunnel needs of a WebSocket of the `ws` package. */
interface TunnelSocket {
  readonly readyState: number;
  readonly OPEN: number;
  send(bytes: Uint8Array, sent: () => void): void;
  pause(): void;
  resume(): void;
  on(event: "message", listener: (bytes: Uint8Array) => void): unknown;
}

/** What it needs of Node's `Duplex`, which this folder does not import. */
interface DuplexOptions {
  read(): void;
  write(bytes: Uint8Array, encoding: string, written: () => void): void;
  final(ended: () => void): void;
}

/**
 * The bytes of a WebSocket as the stream below HTTP/2. It neither ends nor fails by itself, and what is written to it
 * once the socket is closed is thrown away: Node aborts the process where a session is told of the end of such a stream
 * before it was destroyed. Whoever has made it destroys the session when the socket closes, and the stream a turn later.
 */
export function tunnelStream<D extends { push(bytes: Uint8Array): boolean }>(
  socket: TunnelSocket,
  Duplex: new (options: DuplexOptions) => D,
): D {
  const duplex = new Duplex({
    read: () => socket.resume(),
    write(bytes, _encoding, written) {
      if (socket.readyState === socket.OPEN) socket.send(bytes, () => written());
      else written();
    },
    final: (ended) => ended(),
  });
  socket.on("message", (bytes) => {
    if (!duplex.push(bytes)) socket.pause();
  });
  return duplex;
}
