import { randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ifThere } from "#runner/keeper/files";

/**
 * The folder for sockets: short, because the path of a Unix socket has at most 103 bytes on macOS and 107 on Linux,
 * and entered by nobody else. Where somebody else has taken the name, which anybody can do in a shared `/tmp`, it is a
 * folder that nobody could foresee.
 */
export function runtimeFolder(): string {
  const uid = process.getuid?.() ?? 0;
  const given = process.env.XDG_RUNTIME_DIR;
  const folder = given && isOwn(given, uid) ? join(given, "baton") : join(tmpdir(), `baton-${uid}`);
  if (!ifThere(() => lstatSync(folder))) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return isOwn(folder, uid) ? folder : mkdtempSync(`${folder}-`);
}

/** A name that no other keeper has: the address stays the keeper's own, also while another one is leaving. */
export function newSocketAddress(folder: string | undefined): string {
  const name = `baton-keeper-${randomBytes(6).toString("hex")}`;
  if (process.platform === "win32") return `\\\\.\\pipe\\${name}`;
  return join(folder ?? runtimeFolder(), `${name.slice(6)}.sock`);
}

function isOwn(path: string, uid: number): boolean {
  const stat = ifThere(() => lstatSync(path));
  return stat?.isDirectory() === true && stat.uid === uid && (stat.mode & 0o077) === 0;
}
