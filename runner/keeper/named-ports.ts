import { stripVTControlCharacters } from "node:util";
import { maxNamedPortTailBytes } from "#runner/keeper/caps";

const addresses = /\bhttps?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|[a-z0-9-]+\.localhost):(\d{2,5})(?=\D)/gi;

/** Finds the ports of this machine in what a program prints as addresses, such as `http://localhost:5173/`. */
export interface NamedPorts {
  /** @returns the ports of addresses that have become whole with these bytes */
  output(bytes: Uint8Array): number[];
}

export function createNamedPorts(): NamedPorts {
  let tail = "";
  return {
    output(bytes) {
      // Everything that is looked for is ASCII, and colours stand in the middle of it.
      const text = tail + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
      const plain = stripVTControlCharacters(text);
      // What stands in the last line may go on with the next bytes.
      const end = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r")) + 1;
      tail = text.slice(Math.max(end, text.length - maxNamedPortTailBytes));
      return [...plain.matchAll(addresses)]
        .map(([, port]) => Number(port))
        .filter((port) => port > 0 && port <= 65_535);
    },
  };
}
