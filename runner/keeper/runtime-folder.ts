import { randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ifThere } from "#runner/keeper/files";

/** The shortest cap of a Unix socket's path: macOS; Linux takes 107. */
const maxSocketPathBytes = 103;
const socketNameBytes = "/keeper-0123456789ab.sock".length;

/**
 * The folder for sockets: short, because the path of a Unix socket has at most 103 bytes on macOS and 107 on Linux,
 * and entered by nobody else. Where somebody else has taken the name, which anybody can do in a shared `/tmp`, it is a
 * folder that nobody could foresee.
 */
export function runtimeFolder(): string {
  const uid = process.getuid?.() ?? 0;
  const given = process.env.XDG_RUNTIME_DIR;
  const wanted = given && isOwn(given, uid) ? join(given, "baton") : join(tmpdir(), `baton-${uid}`);
  // A long TMPDIR leaves no room for a name; a folder that had to be made unforeseeable takes 7 bytes more.
  const isShort = Buffer.byteLength(wanted) + 7 + socketNameBytes <= maxSocketPathBytes;
  const folder = isShort ? wanted : `/tmp/baton-${uid}`;
  if (!ifThere(() => lstatSync(folder))) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return isOwn(folder, uid) ? folder : mkdtempSync(`${folder}-`);
}

/** A name that no other keeper has: the address stays the keeper's own, also while another one is leaving. */
export function newSocketAddress(folder: string | undefined): string {
  // Pipes have no folder that keeps others out, so that their names must not be guessed.
  if (process.platform === "win32") return `\\\\.\\pipe\\baton-keeper-${randomBytes(16).toString("hex")}`;
  return join(folder ?? runtimeFolder(), `keeper-${randomBytes(6).toString("hex")}.sock`);
}

function isOwn(path: string, uid: number): boolean {
  const stat = ifThere(() => lstatSync(path));
  return stat?.isDirectory() === true && stat.uid === uid && (stat.mode & 0o077) === 0;
}
