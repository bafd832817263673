import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";

const deflated = 8;

/** One file of a zip, by its central directory (APPNOTE 4.3.12). */
export interface ZipEntry {
  readonly name: string;
  readonly packedBytes: number;
  readonly text: () => string;
}

/** The files of a zip that has no comment and fits into 4 GB. */
export function zipEntries(file: string): ZipEntry[] {
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0) throw new Error(`${file} is no zip`);
  const entries: ZipEntry[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const nameBytes = bytes.readUInt16LE(at + 28);
    const name = bytes.toString("utf8", at + 46, at + 46 + nameBytes);
    const packedBytes = bytes.readUInt32LE(at + 20);
    const method = bytes.readUInt16LE(at + 10);
    const local = bytes.readUInt32LE(at + 42);
    const text = () => {
      const begin = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
      const packed = bytes.subarray(begin, begin + packedBytes);
      return (method === deflated ? inflateRawSync(packed) : packed).toString("utf8");
    };
    entries.push({ name, packedBytes, text });
    at += 46 + nameBytes + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries.filter((entry) => !entry.name.endsWith("/"));
}
