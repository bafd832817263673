import { maxFramingOrigins } from "#protocol/caps";
import { localPlace, PanelState, type PanelSubject, subjectName } from "#protocol/panel-link";
import type { KeyValueStorage } from "#sdk/outbox";
import type { PanelPort } from "#sdk/panel-client";
import { createStore, type Readable, type Store } from "#sdk/vanilla-store";
import type { Home } from "../model/home";
import { detailsPath, type Place, placeOf, previewPath, runPath } from "../model/router";

/** What the editor gives to the page of a panel. */
interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): EditorApi;

/** The way to the extension, and what the editor keeps for this panel, also over a reload of its window. */
export function openEditorPort(of: PanelSubject): {
  readonly port: PanelPort;
  readonly state: Store<PanelState>;
} {
  const api = acquireVsCodeApi();
  const before = PanelState.safeParse(api.getState());
  const isSame = before.success && subjectName(before.data) === subjectName(of);
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

/**
 * A panel shows one run or one preview. Every other place is opened by the extension.
 * @param frames the origin whose frames the page may show; absent: none
 */
export function editorHome(
  port: PanelPort,
  visible: Readable<boolean>,
  subject: PanelSubject,
  frames: string | undefined,
): Home {
  const [first = "", ...others] = placesOf(subject);
  const place = createStore<Place>(placeOf(first, ""));
  const own = new Set([first, ...others]);
  const isOf = (previewId: string) => "previewId" in subject && subject.previewId === previewId;
  return {
    isEditor: true,
    isLocal: subject.relay === localPlace,
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
    around: [location.origin, ...(location.ancestorOrigins ?? [])].slice(0, maxFramingOrigins),
    mayFrame({ url, isFramed }) {
      if (!isFramed || new URL(url).origin === frames) return true;
      // The page's policy is from when the relay did not answer, or had its previews somewhere else.
      port.send({ type: "reload" });
      return false;
    },
    async openPreview({ id }) {
      port.send(isOf(id) ? { type: "outside" } : { type: "open", path: previewPath(id) });
    },
  };
}

const placesOf = (subject: PanelSubject): readonly string[] =>
  "runId" in subject ? [runPath(subject.runId), detailsPath(subject.runId)] : [previewPath(subject.previewId)];
