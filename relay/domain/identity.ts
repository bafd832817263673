import { randomBytes } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { newId, RelayId } from "#protocol/ids";

const fileName = "relay.json";
const Identity = z.looseObject({ v: z.literal(1), relayId: RelayId, key: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

/** Who this relay is, and the secret that signs its sessions. */
export interface RelayIdentity {
  readonly relayId: RelayId;
  readonly key: Uint8Array;
}

/**
 * Reads the relay's identity from its data folder, or makes it: there is no default secret.
 * @throws Error where the file is there and cannot be read: a new identity would sign everybody out
 */
export async function readOrMakeIdentity(dataFolder: string, now: number): Promise<RelayIdentity> {
  const path = join(dataFolder, fileName);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text !== undefined) {
    const parsed = Identity.safeParse(parseJson(text));
    if (!parsed.success)
      throw new Error(`${path} is damaged. Put it back from a copy, or remove it to sign everybody out.`);
    return { relayId: parsed.data.relayId, key: Buffer.from(parsed.data.key, "base64url") };
  }
  const key = randomBytes(32);
  const relayId = newId("relay", now);
  await replaceFile(dataFolder, fileName, JSON.stringify({ v: 1, relayId, key: key.toString("base64url") }));
  return { relayId, key };
}

/** Writes a file that only its owner may read: whole and durable, or not at all. */
export async function replaceFile(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  // Windows cannot sync a folder; there the rename is durable by itself.
  const handle = process.platform === "win32" ? undefined : await open(folder, "r");
  try {
    await handle?.sync();
  } finally {
    await handle?.close();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
