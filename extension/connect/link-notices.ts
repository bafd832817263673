import { commands } from "vscode";
import { commandIds } from "#extension/commands/ids";
import type { EditorFolder } from "#extension/folder";
import { notify } from "#extension/notify";
import { errorText } from "#protocol/errors";

/** What a person can do about a link that the relay has ended, by the error's code. */
const remedies: Readonly<Record<string, { label: string; act: (folder: EditorFolder) => unknown }>> = {
  runner_replaced: { label: "Use This Window", act: (folder) => folder.reconnect() },
  runner_revoked: { label: "Connect Again", act: connectAgain },
  relay_changed: { label: "Connect Again", act: connectAgain },
  signature_invalid: { label: "Connect Again", act: connectAgain },
};

/** Tells once when the relay ends a folder's link for good, and offers what helps. */
export function createLinkNotices(fail: (error: unknown) => void): (folders: readonly EditorFolder[]) => void {
  const told = new Set<string>();

  const tell = async (folder: EditorFolder, error: { readonly code: string; readonly params?: object }) => {
    const remedy = remedies[error.code];
    const text = `${folder.name}: ${errorText(error as Parameters<typeof errorText>[0])}`;
    const choice = await notify("warning", text, ...(remedy ? [remedy.label] : []));
    if (choice && remedy) await remedy.act(folder);
  };

  return (folders) => {
    for (const folder of folders) {
      const { link } = folder.status();
      if (link.state !== "stopped") {
        told.delete(folder.uri);
        continue;
      }
      if (told.has(folder.uri) || !link.error) continue;
      told.add(folder.uri);
      tell(folder, link.error).catch(fail);
    }
  };
}

async function connectAgain(folder: EditorFolder): Promise<void> {
  await folder.disconnect();
  await commands.executeCommand(commandIds.connect);
}
