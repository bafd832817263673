import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { StoreId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import { readIfThere, replaceFile } from "#runner/keeper/files";
import type { KeeperPaths } from "#runner/keeper/paths";

/** `keeper.json`: how to reach the keeper of a version. Whoever can read it may use it, so it is the user's alone. */
export const KeeperFile = z.looseObject({
  pid: z.int(),
  socket: z.string(),
  token: z.string(),
  version: z.string(),
  storeId: StoreId,
  startedAt: z.int(),
});
export type KeeperFile = z.infer<typeof KeeperFile>;

export const writeKeeperFile = (path: string, file: KeeperFile): void =>
  replaceFile(path, JSON.stringify(file), { durable: false });

/** The file of a version, or undefined where there is none that can be read. */
export function readKeeperFile(path: string): KeeperFile | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return parseMessage(KeeperFile, text);
  } catch {
    return undefined;
  }
}

/** The files of all versions. */
export const readKeeperFiles = (paths: KeeperPaths): KeeperFile[] =>
  readdirSync(paths.keepers).flatMap((version) => readKeeperFile(join(paths.keepers, version, "keeper.json")) ?? []);
