import { maxPagePathLength, maxPageTitleLength } from "#protocol/caps";
import type { FromPage } from "#protocol/page-link";

/** What of the Navigation API is used; not every browser has it. */
interface Navigation extends EventTarget {
  readonly canGoBack: boolean;
  readonly canGoForward: boolean;
  back(): NavigationEnd;
  forward(): NavigationEnd;
}
interface NavigationEnd {
  readonly committed: Promise<unknown>;
  readonly finished: Promise<unknown>;
}

/** How often the surface is told, at most. */
const tellEveryMs = 50;

/**
 * Tells where the page is, and goes back and forward within the frame: `history` would walk through that of the page
 * around it, too.
 */
export function reportPlace(page: Window, say: (message: FromPage) => void) {
  const { location, document } = page;
  const { navigation } = page as unknown as { navigation?: Navigation };
  const later = page.setTimeout.bind(page);
  let isTelling = false;
  /** A page may write its address anew with every step of a wheel. */
  const tellSoon = () => {
    if (isTelling) return;
    isTelling = true;
    later(tell, tellEveryMs);
  };
  const tell = () => {
    isTelling = false;
    say({
      type: "place",
      path: (location.pathname + location.search + location.hash).slice(0, maxPagePathLength),
      title: document.title.slice(0, maxPageTitleLength),
      canGoBack: navigation?.canGoBack ?? false,
      canGoForward: navigation?.canGoForward ?? false,
    });
  };
  navigation?.addEventListener("currententrychange", tellSoon);
  for (const name of ["popstate", "hashchange", "load", "DOMContentLoaded"]) page.addEventListener(name, tellSoon);
  return {
    tell,
    go(way: "back" | "forward") {
      const end = navigation?.[way]();
      // It may be stopped by the page itself, which is nobody's error.
      for (const promise of [end?.committed, end?.finished]) promise?.catch(() => undefined);
    },
  };
}
