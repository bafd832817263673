import { createStore, type Readable } from "#sdk/vanilla-store";

/** The places of the dashboard, one row each. Parameters are the pattern's named groups. */
const places = {
  home: /^\/$/,
  new: /^\/new$/,
  "needs-you": /^\/needs-you$/,
  run: /^\/runs\/(?<id>run_[0-9a-f]{32})$/,
  "run-preview": /^\/runs\/(?<id>run_[0-9a-f]{32})\/preview$/,
  details: /^\/runs\/(?<id>run_[0-9a-f]{32})\/details$/,
  prompt: /^\/prompts\/(?<id>prm_[0-9a-f]{32})$/,
  preview: /^\/previews\/(?<id>pvw_[0-9a-f]{32})$/,
  shared: /^\/shared$/,
  build: /^\/build$/,
  runners: /^\/runners$/,
  team: /^\/team$/,
  settings: /^\/settings$/,
  pair: /^\/pair$/,
  "sign-in": /^\/sign-in$/,
} as const;

export type PlaceName = keyof typeof places | "missing";
export interface Place {
  readonly name: PlaceName;
  readonly id: string;
  readonly query: URLSearchParams;
}

export interface Router extends Readable<Place> {
  /** @param how `replace` leaves no way back to here */
  go(path: string, how?: "push" | "replace"): void;
}

export function createRouter(window: Window): Router {
  const read = () => placeOf(window.location.pathname, window.location.search);
  const place = createStore(read());
  window.addEventListener("popstate", () => place.set(read()));
  return {
    get: place.get,
    subscribe: place.subscribe,
    go(path, how = "push") {
      if (path === window.location.pathname + window.location.search) return;
      if (how === "push") window.history.pushState(null, "", path);
      else window.history.replaceState(null, "", path);
      place.set(read());
    },
  };
}

export function placeOf(path: string, search: string): Place {
  const query = new URLSearchParams(search);
  for (const [name, pattern] of Object.entries(places)) {
    const match = pattern.exec(path);
    if (match) return { name: name as PlaceName, id: match.groups?.id ?? "", query };
  }
  return { name: "missing", id: "", query };
}

export const runPath = (id: string) => `/runs/${id}`;
export const detailsPath = (id: string) => `/runs/${id}/details`;
export const runPreviewPath = (id: string) => `/runs/${id}/preview`;
export const previewPath = (id: string) => `/previews/${id}`;
export const promptPath = (id: string) => `/prompts/${id}`;
