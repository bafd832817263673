import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/**
 * Reads the lines of a program that may be anybody's. Of one that is longer than the cap only the beginning is told, and
 * the rest is let go, so that a program that never ends a line fills no memory.
 * @param maxLength in characters
 */
export function readBoundedLines(stream: Readable, maxLength: number, told: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let line = "";
  const take = (text: string) => {
    for (const [index, piece] of text.split("\n").entries()) {
      if (index > 0) {
        told(line.endsWith("\r") ? line.slice(0, -1) : line);
        line = "";
      }
      line += piece.slice(0, maxLength - line.length);
    }
  };
  stream.on("data", (bytes: Buffer) => take(decoder.write(bytes)));
  stream.once("end", () => {
    take(decoder.end());
    if (line !== "") told(line);
  });
}
