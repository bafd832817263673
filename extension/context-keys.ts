import { commands } from "vscode";
import { contextKeys } from "#extension/commands/ids";
import type { Deed } from "#extension/deeds";

/** What the manifest's `when` clauses read of a window; deeds tell of themselves. */
export type WindowContext = Readonly<Record<Exclude<keyof typeof contextKeys, Deed>, boolean>>;

/** @returns tells the editor what has become different: it looks through every menu and view for each key */
export function createContextKeys(): (context: WindowContext) => void {
  let told: Partial<WindowContext> = {};
  return (context) => {
    for (const name of Object.keys(context) as (keyof WindowContext)[]) {
      if (told[name] === context[name]) continue;
      void commands.executeCommand("setContext", contextKeys[name], context[name]);
    }
    told = context;
  };
}
