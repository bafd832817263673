import type { SecretStorage } from "vscode";
import { secretsSettleMs } from "#extension/caps";

/**
 * The editor's SecretStorage, written one thing after the other, with a pause between them. An editor in a browser keeps
 * all secrets in one sealed text and says that it has kept one before the text is sealed: of two that come closely
 * together, the text without the second may be the last that is kept. Nobody waits for the pause but the next write.
 */
export function spacedSecrets(secrets: SecretStorage): SecretStorage {
  let free: Promise<unknown> = Promise.resolve();
  const inTurn = (write: () => Thenable<void>): Promise<void> => {
    const done = free.then(write);
    const settled = () => new Promise<void>((resolve) => setTimeout(resolve, secretsSettleMs).unref());
    free = done.then(settled, settled);
    return done;
  };
  return {
    get: (key) => secrets.get(key),
    store: (key, value) => inTurn(() => secrets.store(key, value)),
    delete: (key) => inTurn(() => secrets.delete(key)),
    onDidChange: secrets.onDidChange,
  };
}
