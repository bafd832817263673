import type { Run } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import type { App } from "../model/app-model";
import type { TerminalSession } from "./terminal-session";

/** Terminals that are kept when another run is shown, so that going back loses nothing and starts at once. */
const maxKeptTerminals = 6;

export interface TerminalPool {
  /** The run's terminal; the code for terminals is loaded with the first one. */
  open(run: Run): Promise<TerminalSession>;
  clear(): void;
}

export function createTerminalPool(app: App): TerminalPool {
  const sessions = new Map<RunId, Promise<TerminalSession>>();
  const drop = (id: RunId) => {
    const session = sessions.get(id);
    sessions.delete(id);
    // Whoever opened one that cannot be loaded is told.
    session?.then(
      (opened) => opened.dispose(),
      () => undefined,
    );
  };
  return {
    open(run) {
      const kept = sessions.get(run.id);
      const session = kept ?? load(app, run);
      // The most recent one stands last.
      sessions.delete(run.id);
      sessions.set(run.id, session);
      for (const id of [...sessions.keys()].slice(0, -maxKeptTerminals)) drop(id);
      if (!kept) session.catch(() => sessions.delete(run.id));
      return session;
    },
    clear() {
      for (const id of [...sessions.keys()]) drop(id);
    },
  };
}

async function load(app: App, run: Run): Promise<TerminalSession> {
  const { createTerminalSession } = await import("./terminal-session");
  return createTerminalSession(run, app.connection, app.preferences);
}
