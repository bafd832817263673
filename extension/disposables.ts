/** What can be ended. VS Code's own disposables fit. */
export interface Disposable {
  dispose(): void;
}

/** Ends everything that was added, last first. What is added after the end is ended at once. */
export interface Disposables extends Disposable {
  readonly isDisposed: boolean;
  add<T extends Disposable>(one: T): T;
}

export function createDisposables(): Disposables {
  const held: Disposable[] = [];
  let isDisposed = false;
  return {
    get isDisposed() {
      return isDisposed;
    },
    add(one) {
      if (isDisposed) one.dispose();
      else held.push(one);
      return one;
    },
    dispose() {
      isDisposed = true;
      for (const one of held.splice(0).reverse()) one.dispose();
    },
  };
}

export const toDisposable = (dispose: () => void): Disposable => ({ dispose });
