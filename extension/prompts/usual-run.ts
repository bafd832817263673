import type { EditorFolder, NewRun } from "#extension/folder";
import { newRunVisibility } from "#extension/settings";
import type { Access, AgentInfo, RunMode } from "#protocol/documents";

/** Who sees a new run where nobody says otherwise: the team, where there is one. */
export const visibilityOf = (folder: EditorFolder): NewRun["visibility"] =>
  folder.pairing() ? newRunVisibility() : "local";

/** `edit` where an agent has it: what it wants beyond, it asks for in its own interface. */
export const usualAccess = ({ modes }: AgentInfo, mode: RunMode): Access => {
  const levels = modes[mode] ?? [];
  return levels.find((level) => level === "edit") ?? levels[0] ?? "edit";
};
