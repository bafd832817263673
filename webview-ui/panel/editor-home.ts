import { localPlace, PanelState } from "#protocol/panel-link";
import type { KeyValueStorage } from "#sdk/outbox";
import type { PanelPort } from "#sdk/panel-client";
import { createStore, type Readable, type Store } from "#sdk/vanilla-store";
import type { Home } from "../model/home";
import { detailsPath, type Place, placeOf, runPath } from "../model/router";

/** What the editor gives to the page of a panel. */
interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): EditorApi;

/** The way to the extension, and what the editor keeps for this panel, also over a reload of its window. */
export function openEditorPort(of: Pick<PanelState, "relay" | "runId">): {
  readonly port: PanelPort;
  readonly state: Store<PanelState>;
} {
  const api = acquireVsCodeApi();
  const before = PanelState.safeParse(api.getState());
  const isSame = before.success && before.data.runId === of.runId && before.data.relay === of.relay;
  const state = createStore<PanelState>(isSame ? before.data : { v: 1, ...of, kept: {} });
  state.subscribe(() => api.setState(state.get()));
  api.setState(state.get());
  return {
    state,
    port: {
      send: (message) => api.postMessage(message),
      listen: (listener) => window.addEventListener("message", ({ data }) => listener(data)),
    },
  };
}

/** Drafts and prompts on their way, in the state that the editor keeps. */
export function keptInEditor(state: Store<PanelState>): KeyValueStorage {
  const change = (next: Readonly<Record<string, string>>) => state.set((current) => ({ ...current, kept: next }));
  const names = () => Object.keys(state.get().kept);
  return {
    get length() {
      return names().length;
    },
    key: (index) => names()[index] ?? null,
    getItem: (name) => state.get().kept[name] ?? null,
    setItem: (name, value) => change({ ...state.get().kept, [name]: value }),
    removeItem(name) {
      const { [name]: _, ...rest } = state.get().kept;
      change(rest);
    },
  };
}

/** A panel shows one run. Every other place is opened by the extension. */
export function editorHome(
  port: PanelPort,
  visible: Readable<boolean>,
  { relay, runId }: Pick<PanelState, "relay" | "runId">,
): Home {
  const place = createStore<Place>(placeOf(runPath(runId), ""));
  const own = new Set([runPath(runId), detailsPath(runId)]);
  return {
    isEditor: true,
    isLocal: relay === localPlace,
    visible,
    router: {
      get: place.get,
      subscribe: place.subscribe,
      go(path) {
        if (own.has(path)) place.set(placeOf(path, ""));
        else port.send({ type: "open", path });
      },
    },
    async save(_run, file) {
      port.send({ type: "save", file });
    },
    reload: () => port.send({ type: "reload" }),
  };
}
