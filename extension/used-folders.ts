import type { Memento } from "vscode";
import { maxUsedFolders } from "#extension/caps";

const key = "baton.usedFolders";

/** The folders in which something of Baton's has been: a relay, a run. There it comes back by itself. */
export interface UsedFolders {
  /** @param uris as the editor names its folders */
  includes(uris: readonly string[]): boolean;
  add(uri: string): void;
}

export const createUsedFolders = (state: Memento): UsedFolders => {
  const used = () => {
    const kept = state.get<unknown>(key);
    return Array.isArray(kept) ? kept.filter((uri): uri is string => typeof uri === "string") : [];
  };
  return {
    includes: (uris) => used().some((uri) => uris.includes(uri)),
    add(uri) {
      if (!used().includes(uri)) void state.update(key, [...used(), uri].slice(-maxUsedFolders));
    },
  };
};
