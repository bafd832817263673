import type { Disposable } from "#extension/disposables";

/** What is open for each of the things that come and go in a window, such as its folders. */
export interface Opened<From, To extends Disposable> extends Disposable {
  all(): readonly To[];
  has(from: From): boolean;
  /** Opens it, once; where that fails `failed` is told and the others go on. Never rejects. */
  add(from: From): Promise<void>;
  remove(from: From): void;
}

export interface OpenedDeps<From, To> {
  keyOf(from: From): string;
  open(from: From): Promise<To>;
  changed(): void;
  failed(from: From, error: unknown): void;
}

export function createOpened<From, To extends Disposable>(deps: OpenedDeps<From, To>): Opened<From, To> {
  const open = new Map<string, To>();
  /** What is being opened, each under the token of its opening, so that one that was removed meanwhile is not kept. */
  const opening = new Map<string, object>();
  let isDisposed = false;

  return {
    all: () => [...open.values()],
    has: (from) => open.has(deps.keyOf(from)),
    async add(from) {
      const key = deps.keyOf(from);
      if (isDisposed || open.has(key) || opening.has(key)) return;
      const token = {};
      opening.set(key, token);
      const isWanted = () => opening.get(key) === token;
      try {
        const opened = await deps.open(from);
        if (!isWanted()) return opened.dispose();
        opening.delete(key);
        open.set(key, opened);
        deps.changed();
      } catch (error) {
        if (!isWanted()) return;
        opening.delete(key);
        deps.failed(from, error);
      }
    },
    remove(from) {
      const key = deps.keyOf(from);
      opening.delete(key);
      open.get(key)?.dispose();
      open.delete(key);
      deps.changed();
    },
    dispose() {
      isDisposed = true;
      opening.clear();
      for (const one of open.values()) one.dispose();
      open.clear();
    },
  };
}
