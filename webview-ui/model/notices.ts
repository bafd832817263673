import { errorText } from "#protocol/errors";
import { asPeerError } from "#sdk/connection";
import { createStore, type Readable } from "#sdk/vanilla-store";

export interface Notice {
  readonly id: number;
  readonly tone: "info" | "error";
  readonly text: string;
}

/** Short messages at the edge of the screen, and what a screen reader is told. */
export interface Notices extends Readable<readonly Notice[]> {
  say(text: string): void;
  /** Shows what went wrong, in the words of the one table. */
  fail(error: unknown): void;
  dismiss(id: number): void;
}

const maxNotices = 3;
const noticeMs = { info: 4_000, error: 10_000 } as const;

export function createNotices(): Notices {
  const store = createStore<readonly Notice[]>([]);
  let nextId = 1;
  const dismiss = (id: number) => store.set((notices) => notices.filter((notice) => notice.id !== id));
  const add = (tone: Notice["tone"], text: string) => {
    const id = nextId++;
    const others = store.get().filter((notice) => notice.text !== text);
    store.set([...others, { id, tone, text }].slice(-maxNotices));
    setTimeout(() => dismiss(id), noticeMs[tone]);
  };
  return {
    get: store.get,
    subscribe: store.subscribe,
    dismiss,
    say: (text) => add("info", text),
    fail: (error) => add("error", errorText(asPeerError(error))),
  };
}
