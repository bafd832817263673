import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { replaceFile } from "#relay/domain/identity";

const fileName = "server.json";

/** How programs on the relay's own machine reach it: a file that only its user can read. */
const ServerFile = z.looseObject({ url: z.string(), pid: z.int(), token: z.string() });
export type ServerFile = z.infer<typeof ServerFile>;

export const writeServerFile = (dataFolder: string, file: ServerFile): Promise<void> =>
  replaceFile(dataFolder, fileName, JSON.stringify(file));

export async function readServerFile(dataFolder: string): Promise<ServerFile | undefined> {
  try {
    return ServerFile.parse(JSON.parse(await readFile(join(dataFolder, fileName), "utf8")));
  } catch {
    return undefined;
  }
}

export const removeServerFile = (dataFolder: string): Promise<void> => rm(join(dataFolder, fileName), { force: true });
