import type { Memento } from "vscode";

const key = "baton.usedFolders";
/** Folders that are remembered; beyond them the oldest are forgotten, and begin to be used again when they are. */
const maxUsedFolders = 500;

/** Stands among the folders where somebody is signed in, so that *Accounts* shows it in every window. */
export const accountMark = "baton:account";

/** The folders in which something of Baton's has been: a relay, a run. There it comes back by itself. */
export interface UsedFolders {
  /** @param uris as the editor names its folders */
  includes(uris: readonly string[]): boolean;
  add(uri: string): void;
  remove(uri: string): void;
}

export const createUsedFolders = (state: Memento): UsedFolders => {
  const used = () => state.get<readonly string[]>(key, []);
  return {
    includes: (uris) => used().some((uri) => uris.includes(uri)),
    add(uri) {
      if (!used().includes(uri)) void state.update(key, [...used(), uri].slice(-maxUsedFolders));
    },
    remove(uri) {
      if (used().includes(uri))
        void state.update(
          key,
          used().filter((one) => one !== uri),
        );
    },
  };
};
