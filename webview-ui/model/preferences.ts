import * as z from "zod";
import type { KeyValueStorage } from "#sdk/outbox";
import { createStore, type Readable } from "#sdk/vanilla-store";

/** What a person chose in this browser. A value that cannot be read falls back to its default, alone. */
const Preferences = z.object({
  theme: z.enum(["system", "dark", "light"]).catch("system"),
  /** `runner:ID` or `label:NAME`, used last; it counts while it is online. */
  target: z.string().catch(""),
  agent: z.string().catch(""),
  mode: z.enum(["once", "interactive"]).catch("once"),
  /** By agent; one that is not named gets its default. Full access is chosen anew for each prompt. */
  accessByAgent: z.record(z.string(), z.enum(["read", "edit"])).catch({}),
  scrollbackLines: z.int().min(0).max(1_000_000).catch(10_000),
  screenReader: z.boolean().catch(false),
  fontSizePx: z.int().min(8).max(32).catch(13),
});
export type Preferences = z.infer<typeof Preferences>;

export interface PreferenceStore extends Readable<Preferences> {
  change(next: Partial<Preferences>): void;
}

const storageKey = "baton.preferences";

export function createPreferences(storage: KeyValueStorage): PreferenceStore {
  const store = createStore<Preferences>(Preferences.parse(stored(storage)));
  return {
    get: store.get,
    subscribe: store.subscribe,
    change(next) {
      store.set((current) => ({ ...current, ...next }));
      try {
        storage.setItem(storageKey, JSON.stringify(store.get()));
      } catch (error) {
        console.warn("This browser has no room for the settings; they hold until the page is closed.", error);
      }
    },
  };
}

function stored(storage: KeyValueStorage): object {
  try {
    const value: unknown = JSON.parse(storage.getItem(storageKey) ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch (error) {
    console.warn("The settings in this browser could not be read; the defaults are used.", error);
    return {};
  }
}
