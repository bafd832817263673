/** What a tunnel needs of a WebSocket of the `ws` package. */
interface TunnelSocket {
  readonly readyState: number;
  readonly OPEN: number;
  send(bytes: Uint8Array, sent: () => void): void;
  pause(): void;
  resume(): void;
  on(event: "message", listener: (bytes: Uint8Array) => void): unknown;
}

/** What it needs of Node's `Duplex`. */
interface DuplexOptions {
  read(): void;
  write(bytes: Uint8Array, encoding: string, written: () => void): void;
  writev(pieces: { readonly chunk: Uint8Array }[], written: () => void): void;
  final(ended: () => void): void;
}

/** What it needs of Node, which this folder does not import. */
interface Platform<D> {
  readonly Duplex: new (options: DuplexOptions) => D;
  concat(pieces: Uint8Array[]): Uint8Array;
  /** At the end of this turn. */
  soon(work: () => void): void;
}

/** What is put together before it goes out, and at most may be on its way out of the process, in bytes. */
const joinedBytes = 128 * 1024;

/**
 * The bytes of a WebSocket as the stream below HTTP/2. It neither ends nor fails by itself, and what is written to it
 * once the socket is closed is thrown away: Node aborts the process where a session is told of the end of such a stream
 * before it was destroyed. Whoever has made it destroys the session when the socket closes, and the stream a turn later.
 *
 * What is written first in a turn goes out at once, and the rest of the turn together: many small requests come in one,
 * and each message costs both sides a call of the system.
 */
export function tunnelStream<D extends { push(bytes: Uint8Array): boolean }>(
  socket: TunnelSocket,
  { Duplex, concat, soon }: Platform<D>,
): D {
  let pieces: Uint8Array[] = [];
  /** Whether something has gone out in this turn already. */
  let hasWritten = false;
  /** Of the pieces, and of what the socket has not yet passed on. */
  let bytesHere = 0;
  /** Who may not write on before there is room; a stream waits for one write at a time. */
  let held: (() => void) | undefined;

  const gone = (bytes: number) => {
    bytesHere -= bytes;
    if (bytesHere >= joinedBytes) return;
    const written = held;
    held = undefined;
    written?.();
  };
  const flush = () => {
    const messages = inMessages(pieces);
    pieces = [];
    for (const message of messages) {
      const bytes = concat(message);
      if (socket.readyState === socket.OPEN) socket.send(bytes, () => gone(bytes.length));
      else gone(bytes.length);
    }
  };
  const put = (more: readonly Uint8Array[], written: () => void) => {
    for (const piece of more) {
      pieces.push(piece);
      bytesHere += piece.length;
    }
    if (!hasWritten) {
      hasWritten = true;
      flush();
      soon(() => {
        hasWritten = false;
        if (pieces.length > 0) flush();
      });
    }
    if (bytesHere < joinedBytes) written();
    else held = written;
  };
  const duplex = new Duplex({
    read: () => socket.resume(),
    write: (bytes, _encoding, written) => put([bytes], written),
    writev: (more, written) =>
      put(
        more.map(({ chunk }) => chunk),
        written,
      ),
    final: (ended) => ended(),
  });
  socket.on("message", (bytes) => {
    if (!duplex.push(bytes)) socket.pause();
  });
  return duplex;
}

function inMessages(pieces: readonly Uint8Array[]): Uint8Array[][] {
  const messages: Uint8Array[][] = [];
  let room = 0;
  for (const piece of pieces) {
    const current = messages.at(-1);
    if (current && piece.length <= room) current.push(piece);
    else {
      messages.push([piece]);
      room = joinedBytes;
    }
    room -= piece.length;
  }
  return messages;
}
