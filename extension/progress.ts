import { setTimeout as delay } from "node:timers/promises";
import { ProgressLocation, window } from "vscode";
import { progressAfterMs } from "#extension/caps";

/** Awaits `work`; where it takes longer than a moment the status bar says what is going on. */
export async function withPatience<T>(title: string, work: Promise<T>): Promise<T> {
  const moment = new AbortController();
  const late = Symbol("late");
  const first = await Promise.race([
    work.finally(() => moment.abort()),
    delay(progressAfterMs, late, { signal: moment.signal }).catch(() => late),
  ]);
  if (first !== late) return first as T;
  return window.withProgress({ location: ProgressLocation.Window, title: `Baton: ${title}` }, () => work);
}
