/** The kinds of WebSocket frames that a server sends (RFC 6455, section 5.2). */
export const opcodes = { text: 1, binary: 2, ping: 9 } as const;

/**
 * One whole, unmasked WebSocket frame: made once, it can be written to any number of sockets as it is.
 * @param payload text in UTF-8, or bytes
 */
export function webSocketFrame(opcode: (typeof opcodes)[keyof typeof opcodes], payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const headerBytes = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerBytes + length);
  frame[0] = 0x80 | opcode;
  frame[1] = headerBytes === 2 ? length : headerBytes === 4 ? 126 : 127;
  if (headerBytes === 4) frame.writeUInt16BE(length, 2);
  if (headerBytes === 10) {
    frame.writeUInt16BE(0, 2);
    frame.writeUIntBE(length, 4, 6);
  }
  frame.set(payload, headerBytes);
  return frame;
}

export const textFrame = (message: unknown): Uint8Array => jsonFrame(JSON.stringify(message));

/** @param text JSON already */
export const jsonFrame = (text: string): Uint8Array => webSocketFrame(opcodes.text, Buffer.from(text));
