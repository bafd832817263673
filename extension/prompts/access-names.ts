import type { Access } from "#protocol/documents";

/** The levels of access as the dashboard calls them. */
export const accessNames: Record<Access, string> = { read: "read only", edit: "may edit", full: "full access" };

/** What the levels of access mean to the person who chooses one. */
export const accessTexts: Record<Access, string> = {
  read: "changes nothing",
  edit: "changes files of the folder",
  full: "does what it likes",
};
