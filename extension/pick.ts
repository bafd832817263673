import { type QuickPickItem, window } from "vscode";

/** The only one there is, or the one that is chosen. */
export async function pick<T>(
  title: string,
  from: readonly T[],
  item: (one: T) => QuickPickItem,
): Promise<T | undefined> {
  if (from.length <= 1) return from[0];
  const items = from.map((one) => ({ ...item(one), one }));
  return (await window.showQuickPick(items, { title, matchOnDescription: true }))?.one;
}
