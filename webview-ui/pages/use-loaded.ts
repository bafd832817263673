import { useCallback, useEffect, useState } from "react";
import { asPeerError, type PeerError } from "#sdk/connection";
import { useApp, useStore } from "../model/hooks";

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly error: PeerError | undefined;
  readonly reload: () => void;
}

/** Reads something for a page, and again after each reconnect. What is shown stays while it is read again. */
export function useLoaded<T>(read: () => Promise<T>): Loaded<T> {
  const app = useApp();
  const live = useStore(app.connection.state, (state) => state.phase === "live");
  const [state, setState] = useState<{ value?: T; error?: PeerError }>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: `read` is made anew at every draw and means the same.
  const reload = useCallback(() => {
    read().then(
      (value) => setState({ value }),
      (thrown) => setState((before) => ({ ...before, error: asPeerError(thrown) })),
    );
  }, [app]);
  useEffect(() => {
    if (live) reload();
  }, [live, reload]);
  return { value: state.value, error: state.error, reload };
}
