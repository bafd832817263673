import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import type { Member } from "#protocol/documents";
import type { TeamState } from "#sdk/team-store";
import type { Readable } from "#sdk/vanilla-store";
import type { App } from "./app-model";
import type { Place } from "./router";

export const AppContext = createContext<App | undefined>(undefined);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("a view stands outside of the app");
  return app;
}

/** The whole value of a store, or what `select` makes of it. `select` must answer the same object for the same value. */
export function useStore<T>(store: Readable<T>): T;
export function useStore<T, S>(store: Readable<T>, select: (value: T) => S): S;
export function useStore<T, S>(store: Readable<T>, select?: (value: T) => S): T | S {
  return useSyncExternalStore(store.subscribe, () => (select ? select(store.get()) : store.get()));
}

export const useTeam = <S>(select: (state: TeamState) => S): S => useStore(useApp().team, select);
export const useMe = (): Member | undefined => useTeam((state) => state.me);
/** Whether the relay can be asked for something now. */
export const useLive = (): boolean => useStore(useApp().connection.state, (state) => state.phase === "live");
export const usePlace = (): Place => useStore(useApp().router);

/** The relay's clock, in milliseconds, renewed every `everyMs`. */
export function useNow(everyMs = 1_000): number {
  const offsetMs = useTeam((state) => state.clockOffsetMs);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now + offsetMs;
}

/** Whether the screen is a phone's. A narrow column of the editor is none. */
export function useNarrow(): boolean {
  const { isEditor } = useApp().home;
  return useSyncExternalStore(subscribeNarrow, () => narrowQuery.matches && !isEditor);
}
const narrowQuery = window.matchMedia("(max-width: 720px)");
const subscribeNarrow = (listener: () => void) => {
  narrowQuery.addEventListener("change", listener);
  return () => narrowQuery.removeEventListener("change", listener);
};

/** False for the first moment, so that a fast answer shows no skeleton. */
export function useDelayed(waiting: boolean, delayMs = 150): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    setOver(false);
    if (!waiting) return;
    const timer = setTimeout(() => setOver(true), delayMs);
    return () => clearTimeout(timer);
  }, [waiting, delayMs]);
  return waiting && over;
}
