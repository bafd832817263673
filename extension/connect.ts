import { env, ProgressLocation, Uri, window } from "vscode";
import type { EditorFolder } from "#extension/folder";
import { notificationText } from "#extension/notification-text";
import { pair } from "#extension/pair";
import type { Pairing } from "#extension/pairing-store";
import { relayAddress } from "#extension/relay-address";
import { defaultRelay } from "#extension/settings";

/**
 * Connects a folder to a relay: asks for its address, opens the page that approves the code, and waits for the answer.
 * @returns the pairing, or undefined when the person gave up
 */
export async function connectFolder(folder: EditorFolder): Promise<Pairing | undefined> {
  const relay = await askForRelay();
  if (!relay) return undefined;
  return window.withProgress(
    {
      location: ProgressLocation.Notification,
      title: notificationText(`Connecting ${folder.name} to ${relay}`),
      cancellable: true,
    },
    async (progress, cancelled) => {
      const stop = new AbortController();
      const subscription = cancelled.onCancellationRequested(() => stop.abort());
      try {
        return await pair({
          relay,
          runnerId: folder.runnerId,
          body: folder.describe(),
          signal: stop.signal,
          started(code, fingerprint) {
            const message = `Approve the code ${code.userCode} on the relay's page. Fingerprint: ${fingerprint}`;
            progress.report({ message: notificationText(message) });
            void env.openExternal(Uri.parse(code.verificationUrl));
          },
        });
      } catch (error) {
        if (stop.signal.aborted) return undefined;
        throw error;
      } finally {
        subscription.dispose();
      }
    },
  );
}

async function askForRelay(): Promise<string | undefined> {
  const typed = await window.showInputBox({
    title: "Connect to a Relay",
    prompt: "The address of your team's relay",
    placeHolder: "https://baton.example.com",
    value: defaultRelay(),
    ignoreFocusOut: true,
    validateInput: (text) => (relayAddress(text) ? undefined : "Type an address such as https://baton.example.com"),
  });
  return typed === undefined ? undefined : relayAddress(typed);
}
