import { plainLine } from "#protocol/plain-text";

/**
 * A text on one line, with nothing in it that the editor takes for a link. It turns `[label](command:…)` in a
 * notification into one that runs the command at a click, and what is shown are also the words of a member, of a relay
 * and of files that an agent wrote.
 */
export const notificationText = (text: string): string => plainLine(text).replaceAll("](", "] (");

/** A text in which the editor finds no icon of its own: `$(verified)` in a name would be one. */
export const withoutIcons = (text: string): string => text.replaceAll("$(", "$ (");
