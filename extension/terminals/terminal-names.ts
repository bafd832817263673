import { withoutIcons } from "#extension/notification-text";
import type { Tone } from "#sdk/run-look";

/** What the terminal of a run is called: the editor would draw an icon that its title names. */
export const terminalName = (title: string): string => withoutIcons(title);

/** … while somebody else types into it. */
export const typedName = (title: string, by: string): string => `${beforeTypist(title)}${withoutIcons(by)} is typing)`;
const beforeTypist = (title: string): string => `${terminalName(title)} (`;

/** … and when the run is over. */
export const endedName = (title: string, tone: Tone): string => `${marks[tone] ?? "⊘"} ${terminalName(title)}`;

const marks: Partial<Record<Tone, string>> = { ok: "✓", error: "✗" };

/** Whether a terminal of this name was that of the run, in one of its states. */
export const isNameOf = (name: string, title: string): boolean =>
  name === terminalName(title) ||
  name.startsWith(beforeTypist(title)) ||
  (["ok", "error", "quiet"] as const).some((tone) => name === endedName(title, tone));
