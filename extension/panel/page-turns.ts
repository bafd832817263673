import { panelLoadMs } from "#extension/caps";
import type { Disposable } from "#extension/disposables";

/**
 * Gives a panel one page after another. Where a page is given to the editor while the one before is still loading, it
 * may keep the new one hidden for good, with everything that is said to it, and leave the old one there. So the next
 * page waits for the one that is there.
 */
export interface PageTurns extends Disposable {
  /** Puts a page in the place of the one that is there; of several that wait the last. */
  turnTo(html: string): void;
  /** The page that is there says that it has loaded. */
  loaded(): void;
}

/** @param loadMs how long a page is waited for that does not say so, as one in a hidden panel */
export function createPageTurns(put: (html: string) => void, loadMs = panelLoadMs): PageTurns {
  let isLoading = false;
  let next: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const turn = () => {
    clearTimeout(timer);
    const html = next;
    next = undefined;
    isLoading = html !== undefined;
    if (html === undefined) return;
    timer = setTimeout(turn, loadMs);
    put(html);
  };
  return {
    turnTo(html) {
      next = html;
      if (!isLoading) turn();
    },
    loaded: turn,
    dispose() {
      next = undefined;
      clearTimeout(timer);
    },
  };
}
