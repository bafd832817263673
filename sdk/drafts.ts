import { maxDraftLength } from "#sdk/caps";
import type { KeyValueStorage } from "#sdk/outbox";

/** Unfinished texts, by the place where they are written. They outlive the page. */
export interface Drafts {
  read(place: string): string;
  /** An empty text removes the draft. A full storage loses the draft's copy, never the text on the screen. */
  write(place: string, text: string): void;
}

export function createDrafts(storage: KeyValueStorage, account: string): Drafts {
  const name = (place: string) => `baton.draft.${account}.${place}`;
  return {
    read: (place) => storage.getItem(name(place)) ?? "",
    write(place, text) {
      try {
        if (text === "") storage.removeItem(name(place));
        else storage.setItem(name(place), text.slice(0, maxDraftLength));
      } catch (error) {
        console.warn("This browser has no room for the draft.", error);
      }
    },
  };
}
