import { commandOf, descendants } from "#test/support/processes";
import type { Editor } from "#test/vscode/editor";

/** The processes of this editor that run extensions, one a window. */
export const extensionHosts = ({ server }: Pick<Editor, "server">): number[] =>
  descendants(server.pid).filter((pid) => commandOf(pid)?.includes("--type=extensionHost"));
