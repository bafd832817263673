import * as z from "zod";
import type { NewPrompt } from "#protocol/api";
import { NewPrompt as NewPromptSchema } from "#protocol/api";
import type { Prompt } from "#protocol/documents";
import { BatonError, type WireError } from "#protocol/errors";
import { parseMessage } from "#protocol/json";
import { retryDelayMs } from "#sdk/backoff";
import { maxOutboxPrompts, outboxSendsForMs } from "#sdk/caps";
import type { Client } from "#sdk/client";
import { asPeerError } from "#sdk/connection";
import { randomKey } from "#sdk/random-key";
import { createStore, type Readable } from "#sdk/vanilla-store";

/** A browser's localStorage, or anything like it. */
export interface KeyValueStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const StoredPrompt = z.object({ createdAt: z.number(), request: NewPromptSchema });

/** A prompt that the relay has not acknowledged yet. */
export interface OutboxPrompt {
  /** Its idempotency key: however often it is sent, it is queued once. */
  readonly key: string;
  readonly createdAt: number;
  readonly request: NewPrompt;
  /**
   * `old`: it may have been queued already, and the relay would no longer know its key. A person says whether it shall
   * be queued; it is not sent by itself.
   */
  readonly state: "waiting" | "sending" | "refused" | "old";
  readonly error?: WireError;
}

/**
 * Prompts on their way to the relay. Each is stored before the first try and removed when the relay has acknowledged
 * it, so neither a lost answer nor a closed page loses one, and none is queued twice. One that is older than the relay
 * remembers its key waits for a person.
 */
export interface Outbox extends Readable<readonly OutboxPrompt[]> {
  /**
   * @returns the idempotency key
   * @throws BatonError `queue_full` over the cap; the storage's own error where it is full
   */
  add(request: NewPrompt): string;
  remove(key: string): void;
  /** Takes an old prompt as one that was written now. @returns its new idempotency key */
  renew(key: string): string;
  /** Sends what waits, one after the other. */
  flush(): Promise<void>;
  /** Sends and tells nothing any more: another account may sign in. What waits stays stored. */
  close(): void;
}

export interface OutboxOptions {
  readonly client: Client;
  readonly storage: KeyValueStorage;
  /** Tells one account's prompts from another's in the same browser. */
  readonly account: string;
  /** Whether trying makes sense now. */
  readonly isLive: () => boolean;
  readonly queued: (prompt: Prompt, key: string) => void;
  readonly now?: () => number;
}

/** The relay may answer otherwise a little later; everything else is refused for good. */
const temporaryCodes = new Set<string>([
  "connection_lost",
  "timeout",
  "rate_limited",
  "shutting_down",
  "storage_full",
  "storage_failed",
  "internal",
  "not_signed_in",
  "session_expired",
  "session_reused",
]);

export function createOutbox(options: OutboxOptions): Outbox {
  const { client, storage, now = Date.now } = options;
  const prefix = `baton.outbox.${options.account}.`;
  const store = createStore<readonly OutboxPrompt[]>(readAll(storage, prefix));
  let flushing: Promise<void> | undefined;
  let failures = 0;
  let closed = false;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const change = (key: string, next: Partial<OutboxPrompt>) =>
    store.set((prompts) => prompts.map((prompt) => (prompt.key === key ? { ...prompt, ...next } : prompt)));
  const remove = (key: string) => {
    storage.removeItem(prefix + key);
    store.set((prompts) => prompts.filter((prompt) => prompt.key !== key));
  };

  async function flushNow(): Promise<void> {
    for (;;) {
      const next = store.get().find((prompt) => prompt.state === "waiting");
      if (closed || !next || !options.isLive()) return;
      if (now() - next.createdAt >= outboxSendsForMs) {
        change(next.key, { state: "old" });
        continue;
      }
      change(next.key, { state: "sending" });
      try {
        const prompt = await client.call("queuePrompt", { body: next.request }, { idempotencyKey: next.key });
        failures = 0;
        remove(next.key);
        if (!closed) options.queued(prompt, next.key);
      } catch (thrown) {
        const error = asPeerError(thrown);
        if (!temporaryCodes.has(error.code)) {
          change(next.key, { state: "refused", error: { code: error.code, params: error.params } });
          continue;
        }
        failures++;
        change(next.key, { state: "waiting", error: { code: error.code, params: error.params } });
        clearTimeout(retry);
        if (!closed) retry = setTimeout(() => void outbox.flush(), waitMs(error, failures));
        return;
      }
    }
  }

  const outbox: Outbox = {
    get: store.get,
    subscribe: store.subscribe,
    remove,
    add(request) {
      if (store.get().length >= maxOutboxPrompts) throw new BatonError("queue_full", { max: maxOutboxPrompts });
      const key = randomKey();
      const createdAt = now();
      storage.setItem(prefix + key, JSON.stringify({ createdAt, request }));
      store.set((prompts) => [...prompts, { key, createdAt, request, state: "waiting" }]);
      return key;
    },
    renew(key) {
      const old = store.get().find((prompt) => prompt.key === key);
      if (!old) throw new BatonError("not_found", { what: "prompt" });
      const renewed = outbox.add(old.request);
      remove(key);
      return renewed;
    },
    flush() {
      flushing ??= flushNow().finally(() => {
        flushing = undefined;
      });
      return flushing;
    },
    close() {
      closed = true;
      clearTimeout(retry);
    },
  };
  return outbox;
}

function waitMs(error: { readonly code: string; readonly params: Record<string, unknown> }, failures: number): number {
  const asked = Number(error.params.retryAfterSeconds);
  return Math.max(retryDelayMs(failures), Number.isFinite(asked) ? asked * 1000 : 0);
}

function readAll(storage: KeyValueStorage, prefix: string): OutboxPrompt[] {
  const prompts: OutboxPrompt[] = [];
  for (let i = 0; i < storage.length; i++) {
    const name = storage.key(i);
    const text = name?.startsWith(prefix) ? storage.getItem(name) : null;
    if (!name || !text) continue;
    try {
      prompts.push({ ...parseMessage(StoredPrompt, text), key: name.slice(prefix.length), state: "waiting" });
    } catch (error) {
      console.warn("A prompt in this browser's outbox could not be read; it is kept as it is.", error);
    }
  }
  return prompts.sort((a, b) => a.createdAt - b.createdAt);
}
