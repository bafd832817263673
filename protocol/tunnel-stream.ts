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
  writev(pieces: { readonly chunk: Uint8Array }[], written: () => void): void;
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
  concat: (pieces: Uint8Array[]) => Uint8Array,
): D {
  const send = (bytes: Uint8Array, sent: () => void) => {
    if (socket.readyState === socket.OPEN) socket.send(bytes, sent);
    else sent();
  };
  const duplex = new Duplex({
    read: () => socket.resume(),
    write: (bytes, _encoding, written) => send(bytes, () => written()),
    // HTTP/2 gives the frames of a turn in pieces, a header of nine bytes and what belongs to it. Together they are one
    // message, or few, and as many writes to the socket.
    writev(pieces, written) {
      const messages = inMessages(pieces);
      const last = messages.pop() ?? [];
      for (const message of messages) send(concat(message), () => undefined);
      send(concat(last), () => written());
    },
    final: (ended) => ended(),
  });
  socket.on("message", (bytes) => {
    if (!duplex.push(bytes)) socket.pause();
  });
  return duplex;
}

/** The largest message that is put together of several pieces, in bytes. */
const joinedBytes = 128 * 1024;

function inMessages(pieces: readonly { readonly chunk: Uint8Array }[]): Uint8Array[][] {
  const messages: Uint8Array[][] = [];
  let room = 0;
  for (const { chunk } of pieces) {
    const current = messages.at(-1);
    if (current && chunk.length <= room) current.push(chunk);
    else {
      messages.push([chunk]);
      room = joinedBytes;
    }
    room -= chunk.length;
  }
  return messages;
}
