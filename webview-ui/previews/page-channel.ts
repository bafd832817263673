import { maxPictureBytes } from "#protocol/caps";
import { FromPage, type PageError, PageKnock, pageHello, type ToPage } from "#protocol/page-link";
import { createStore, type Readable } from "#sdk/vanilla-store";

/** What a page has told of itself. */
export interface PageState {
  /** `loading`: nothing was shown yet · `told`: it speaks · `silent`: it is there and says nothing. */
  readonly phase: "loading" | "told" | "silent";
  readonly path?: string;
  /** Where the page was, that is silent now, when something was last heard of it. */
  readonly cameFrom?: string;
  readonly title?: string;
  readonly canGoBack: boolean;
  readonly canGoForward: boolean;
  readonly errors: readonly PageError[];
  /** Of all errors, also of those that are not named. */
  readonly errorCount: number;
}

/** The way to the page in a frame. What comes from there is the word of an untrusted page. */
export interface PageChannel extends Readable<PageState> {
  /** The frame has loaded something. */
  loaded(): void;
  /** The page begins anew, by another way in. */
  entered(): void;
  say(command: "reload" | "back" | "forward"): void;
  /** @returns whether another page is there, within so many milliseconds */
  another(withinMs: number): Promise<boolean>;
  /** @returns a PNG or a JPEG, at most `maxPictureBytes`; undefined where the page cannot be drawn */
  takePicture(): Promise<Uint8Array | undefined>;
  close(): void;
}

const loading: PageState = { phase: "loading", canGoBack: false, canGoForward: false, errors: [], errorCount: 0 };
/** Messages of a page a second, and pages a second; one that says more is not listened to until another one is there. */
const maxMessagesPerSecond = 50;
const maxKnocksPerSecond = 10;
const pictureMs = 20_000;

interface ChannelOptions {
  readonly window: Window;
  readonly frame: () => HTMLIFrameElement | null;
  /** Of the preview. */
  readonly origin: string;
}

export function createPageChannel({ window, frame, origin }: ChannelOptions): PageChannel {
  const state = createStore<PageState>(loading);
  let port: MessagePort | undefined;
  let hasKnocked = false;
  let pictures = 0;
  let picture: { readonly id: number; readonly done: (bytes?: Uint8Array) => void } | undefined;
  const waiting = new Set<(isThere: boolean) => void>();
  const knocks = perSecond(maxKnocksPerSecond);

  const post = (message: ToPage) => port?.postMessage(message);
  const isAnother = () => {
    for (const told of waiting) told(true);
  };
  const drop = () => {
    port?.close();
    port = undefined;
    picture?.done();
  };
  const receives: { [T in FromPage["type"]]: (message: Extract<FromPage, { type: T }>) => void } = {
    place: ({ type: _, ...place }) => state.set((before) => ({ ...before, ...place, phase: "told" })),
    errors: ({ count, errors }) => state.set((before) => ({ ...before, errors, errorCount: count })),
    picture({ id, bytes }) {
      if (picture?.id === id) picture.done(isPicture(bytes) ? bytes : undefined);
    },
    "no-picture"({ id }) {
      if (picture?.id === id) picture.done();
    },
  };
  const listen = (to: MessagePort) => {
    const messages = perSecond(maxMessagesPerSecond);
    to.onmessage = ({ data }) => {
      if (port !== to) return;
      if (!messages.take()) {
        drop();
        state.set((before) => ({ ...before, phase: "silent", canGoBack: false, canGoForward: false }));
        return;
      }
      const message = FromPage.safeParse(data);
      if (message.success) (receives[message.data.type] as (message: FromPage) => void)(message.data);
    };
  };
  const onMessage = (event: MessageEvent) => {
    const there = frame()?.contentWindow;
    if (!there || event.source !== there || event.origin !== origin) return;
    if (!PageKnock.safeParse(event.data).success || !knocks.take()) return;
    drop();
    isAnother();
    hasKnocked = true;
    const { port1, port2 } = new MessageChannel();
    port = port1;
    // Where it is comes in a moment; until then, what is shown stays.
    state.set(({ cameFrom: _, ...before }) => ({ ...before, phase: "told", errors: [], errorCount: 0 }));
    listen(port1);
    there.postMessage(pageHello, origin, [port2]);
  };
  window.addEventListener("message", onMessage);

  return {
    get: state.get,
    subscribe: state.subscribe,
    loaded() {
      // A page with the script has knocked long before it is loaded.
      if (!hasKnocked) {
        drop();
        state.set(({ path, cameFrom = path }) => ({
          ...loading,
          phase: "silent",
          ...(cameFrom !== undefined && { cameFrom }),
        }));
      }
      isAnother();
      hasKnocked = false;
    },
    entered() {
      drop();
      hasKnocked = false;
      state.set(loading);
    },
    say: (type) => post({ type }),
    another: (withinMs) =>
      new Promise((resolve) => {
        const told = (isThere: boolean) => {
          clearTimeout(timer);
          waiting.delete(told);
          resolve(isThere);
        };
        const timer = setTimeout(() => told(false), withinMs);
        waiting.add(told);
      }),
    takePicture() {
      picture?.done();
      if (!port) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        const id = ++pictures;
        const done = (bytes?: Uint8Array) => {
          clearTimeout(timer);
          picture = undefined;
          resolve(bytes);
        };
        const timer = setTimeout(done, pictureMs);
        picture = { id, done };
        post({ type: "picture", id });
      });
    },
    close() {
      window.removeEventListener("message", onMessage);
      isAnother();
      drop();
    },
  };
}

/** The first bytes of a PNG and of a JPEG. */
const isPicture = (bytes: Uint8Array): boolean => bytes.length <= maxPictureBytes && pictureTypeOf(bytes) !== undefined;

/** The ending of a picture's name, by its first bytes. */
export function pictureTypeOf(bytes: Uint8Array): "png" | "jpg" | undefined {
  const begins = (...first: number[]) => first.every((byte, index) => bytes[index] === byte);
  if (begins(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "png";
  return begins(0xff, 0xd8, 0xff) ? "jpg" : undefined;
}

/** At most so many in each second. */
function perSecond(most: number) {
  let second = 0;
  let taken = 0;
  return {
    take(): boolean {
      const now = Math.floor(performance.now() / 1_000);
      if (now !== second) {
        second = now;
        taken = 0;
      }
      return ++taken <= most;
    },
  };
}
