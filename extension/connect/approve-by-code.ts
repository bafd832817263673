import { env, ProgressLocation, Uri, window } from "vscode";
import { notificationText } from "#extension/notification-text";
import type { PairingCode } from "#runner/core/pairing";

/**
 * Shows a code in a notification, opens the page that approves it, and waits.
 * @param wait asks the relay; it tells `started` the code, and what else there is to compare
 * @returns undefined when the person gave up. @throws what `wait` throws
 */
export async function approveByCode<T>(
  title: string,
  wait: (started: (code: PairingCode, more?: string) => void, signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  return window.withProgress(
    { location: ProgressLocation.Notification, title: notificationText(title), cancellable: true },
    async (progress, cancelled) => {
      const stop = new AbortController();
      const subscription = cancelled.onCancellationRequested(() => stop.abort());
      const started = (code: PairingCode, more = "") => {
        progress.report({
          message: notificationText(`Approve the code ${code.userCode} on the relay's page. ${more}`),
        });
        void env.openExternal(Uri.parse(code.verificationUrl));
      };
      try {
        return await wait(started, stop.signal);
      } catch (error) {
        if (stop.signal.aborted) return undefined;
        throw error;
      } finally {
        subscription.dispose();
      }
    },
  );
}
