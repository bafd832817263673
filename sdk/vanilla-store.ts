/** A value that can be read now and followed. */
export interface Readable<T> {
  get(): T;
  /** @returns a function that ends the subscription */
  subscribe(listener: () => void): () => void;
}

export interface Store<T> extends Readable<T> {
  /** Takes the next value, or a function of the current one. Listeners hear of it only where the value is another. */
  set(next: T | ((current: T) => T)): void;
}

/** The whole store: one value, replaced and never changed in place. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      const replaced = typeof next === "function" ? (next as (current: T) => T)(value) : next;
      if (Object.is(replaced, value)) return;
      value = replaced;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
