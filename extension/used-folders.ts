import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The folders in which something of Baton's has been: a relay, a run. There it comes back by itself. */
export interface UsedFolders {
  /** @param uris as the editor names its folders */
  includes(uris: readonly string[]): boolean;
  add(uri: string): void;
}

/**
 * A file for each folder, on the disk of the extension host. The editor's own memory is no place for it: in a browser
 * it is written late, and by each window as that window knows it.
 * @param storage the folder that the editor gives to the extension
 * @param fail told of a folder that could not be remembered
 */
export function createUsedFolders(storage: string, fail: (error: unknown) => void): UsedFolders {
  const folder = join(storage, "used");
  const added = new Set<string>();
  const fileOf = (uri: string) => join(folder, createHash("sha256").update(uri).digest("hex"));
  return {
    includes: (uris) => uris.some((uri) => existsSync(fileOf(uri))),
    add(uri) {
      if (added.has(uri)) return;
      added.add(uri);
      try {
        mkdirSync(folder, { recursive: true });
        writeFileSync(fileOf(uri), uri);
      } catch (error) {
        fail(error);
      }
    },
  };
}
