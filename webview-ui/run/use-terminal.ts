import { createContext, useContext, useEffect, useState } from "react";
import type { Run } from "#protocol/documents";
import { useApp } from "../model/hooks";
import type { TerminalPool } from "./terminal-pool";
import type { TerminalSession } from "./terminal-session";

export const TerminalPoolContext = createContext<TerminalPool | undefined>(undefined);

/** The terminal of a run, once its code is there. While a view uses it, the run is watched. */
export function useTerminal(run: Run): TerminalSession | undefined {
  const pool = useContext(TerminalPoolContext);
  const { notices } = useApp();
  const [session, setSession] = useState<TerminalSession>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another form of the same run keeps its terminal.
  useEffect(() => {
    let left = false;
    let opened: TerminalSession | undefined;
    pool?.open(run).then(
      (next) => {
        if (left) return;
        opened = next;
        next.watch.enter();
        setSession(next);
      },
      (error) => notices.fail(error),
    );
    return () => {
      left = true;
      opened?.detach();
      setSession(undefined);
    };
  }, [pool, run.id]);
  return session;
}
