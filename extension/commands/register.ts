import { commands } from "vscode";
import { type CommandId, commandIds } from "#extension/commands/ids";
import { createDisposables, type Disposable } from "#extension/disposables";

/** What each command does. When it is offered stands in the manifest, by the keys of `ids.ts`. */
export type CommandTable = Record<CommandId, (...args: unknown[]) => unknown>;
/** The rows of one area. */
export type CommandRows = Partial<CommandTable>;

/**
 * Registers every row. A failure is shown by `fail`, so that no command ends in a silent rejection.
 * @param ready settles when the window's folders are open: a command before that would find none
 */
export function registerCommands(
  table: CommandTable,
  fail: (error: unknown) => void,
  ready: Promise<unknown>,
): Disposable {
  const registered = createDisposables();
  for (const id of Object.values(commandIds)) {
    registered.add(
      commands.registerCommand(id, async (...args: unknown[]) => {
        try {
          await ready;
          return await table[id](...args);
        } catch (error) {
          fail(error);
          return undefined;
        }
      }),
    );
  }
  return registered;
}
