import type { EditorFolder, NewRun } from "#extension/folder";
import { newRunVisibility } from "#extension/settings";
import type { Access, AgentInfo, RunMode } from "#protocol/documents";

/** The levels of access as the dashboard calls them. */
export const accessNames: Record<Access, string> = { read: "read only", edit: "may edit", full: "full access" };

/** What the levels of access mean to the person who chooses one. */
export const accessTexts: Record<Access, string> = {
  read: "changes nothing",
  edit: "changes files of the folder",
  full: "does what it likes",
};

/** Who sees a new run where nobody says otherwise: the team, where there is one. */
export const visibilityOf = (folder: EditorFolder): NewRun["visibility"] =>
  folder.pairing() ? newRunVisibility() : "local";

/** `edit` where an agent has it: what it wants beyond, it asks for in its own interface. */
export const usualAccess = ({ modes }: AgentInfo, mode: RunMode): Access => {
  const levels = modes[mode] ?? [];
  return levels.find((level) => level === "edit") ?? levels[0] ?? "edit";
};
