import { maxStreamMessageBytes } from "#protocol/caps";
import { BatonError } from "#protocol/errors";

/**
 * Messages on a byte stream (the keeper's socket, a pipe), where nothing else marks their borders:
 * `u32 length · u8 kind · body`, `length` counts kind and body. Kind 0 is JSON control in UTF-8, kind 1 a binary
 * frame of `frame.ts`.
 */
export interface StreamMessage {
  readonly kind: StreamKind;
  readonly body: Uint8Array;
}
export const streamKinds = { control: 0, frame: 1 } as const;
export type StreamKind = (typeof streamKinds)[keyof typeof streamKinds];

const lengthBytes = 4;
const maxHeldBytes = lengthBytes + maxStreamMessageBytes;

/** @throws BatonError `frame_too_large` */
export function encodeStreamMessage(kind: StreamKind, body: Uint8Array): Uint8Array {
  const length = 1 + body.length;
  if (length > maxStreamMessageBytes)
    throw new BatonError("frame_too_large", { bytes: length, maxBytes: maxStreamMessageBytes });
  const bytes = new Uint8Array(lengthBytes + length);
  new DataView(bytes.buffer).setUint32(0, length);
  bytes[lengthBytes] = kind;
  bytes.set(body, lengthBytes + 1);
  return bytes;
}

/**
 * Takes a stream in whatever pieces it comes. It holds at most one incomplete message below the cap; a length over
 * the cap is refused when its four bytes are there, before anything is allocated for it.
 */
export class StreamDecoder {
  private held = new Uint8Array(0);
  private heldBytes = 0;
  private failure: BatonError | undefined;

  /**
   * @returns the messages that are complete now; their bodies may be views of `chunk`
   * @throws BatonError `frame_too_large` or `frame_malformed`, and the same one at every later call
   */
  push(chunk: Uint8Array): StreamMessage[] {
    if (this.failure) throw this.failure;
    const wasHolding = this.heldBytes > 0;
    if (wasHolding) this.hold(chunk);
    const bytes = wasHolding ? this.held.subarray(0, this.heldBytes) : chunk;
    const { messages, consumed } = this.split(bytes);
    if (consumed > 0 || !wasHolding) {
      // The messages given out are views of what was held, so what is left goes into memory of its own.
      this.held = new Uint8Array(0);
      this.heldBytes = 0;
      this.hold(bytes.subarray(consumed));
    }
    return messages;
  }

  private split(bytes: Uint8Array): { messages: StreamMessage[]; consumed: number } {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const messages: StreamMessage[] = [];
    let offset = 0;
    while (bytes.length - offset >= lengthBytes) {
      const length = view.getUint32(offset);
      if (length < 1) throw this.fail(new BatonError("frame_malformed", { reason: "a stream message is empty" }));
      if (length > maxStreamMessageBytes) {
        throw this.fail(new BatonError("frame_too_large", { bytes: length, maxBytes: maxStreamMessageBytes }));
      }
      const start = offset + lengthBytes;
      if (bytes.length === start) break;
      const kind = bytes[start];
      if (kind !== streamKinds.control && kind !== streamKinds.frame) {
        throw this.fail(new BatonError("frame_malformed", { reason: `the stream kind ${kind} is not known` }));
      }
      if (bytes.length < start + length) break;
      messages.push({ kind, body: bytes.subarray(start + 1, start + length) });
      offset = start + length;
    }
    return { messages, consumed: offset };
  }

  private hold(bytes: Uint8Array): void {
    const needed = this.heldBytes + bytes.length;
    if (needed > this.held.length) {
      const grown = new Uint8Array(Math.max(needed, Math.min(2 * this.held.length, maxHeldBytes)));
      grown.set(this.held.subarray(0, this.heldBytes));
      this.held = grown;
    }
    this.held.set(bytes, this.heldBytes);
    this.heldBytes = needed;
  }

  private fail(error: BatonError): BatonError {
    this.failure = error;
    this.held = new Uint8Array(0);
    this.heldBytes = 0;
    return error;
  }
}
