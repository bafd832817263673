import { window } from "vscode";
import { notificationText, withoutIcons } from "#extension/notification-text";

/** The only way to a notification or a dialog, so that nobody's words become a link in one. */
const show = {
  info: window.showInformationMessage,
  warning: window.showWarningMessage,
  error: window.showErrorMessage,
} as const;

type Level = keyof typeof show;

/** @returns the choice; undefined when the notification is closed without one */
export const notify = (level: Level, text: string, ...choices: string[]): Thenable<string | undefined> =>
  show[level](notificationText(text), ...choices);

/**
 * A dialog, which has to be answered before anything else.
 * @param detail may have several lines
 */
export const askInDialog = (level: Level, text: string, detail: string, ...choices: string[]) =>
  show[level](notificationText(text), { modal: true, detail }, ...choices);

/** How long the status bar says what somebody has just done. */
const saidMs = 5_000;

/** Says in passing that what somebody did here is done: it is news to nobody, so it is no notification. */
export const say = (text: string): void => {
  window.setStatusBarMessage(`Baton: ${withoutIcons(text)}`, saidMs);
};
