import { readFileSync } from "node:fs";

/** One file of a zip, by its central directory (APPNOTE 4.3.12). */
export interface ZipEntry {
  readonly name: string;
  readonly packedBytes: number;
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
    entries.push({ name, packedBytes: bytes.readUInt32LE(at + 20) });
    at += 46 + nameBytes + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries.filter((entry) => !entry.name.endsWith("/"));
}
