import { ProgressLocation, Uri, window, workspace } from "vscode";
import type { Accounts } from "#extension/accounts/account";
import { editorNetwork } from "#extension/connect/editor-network";
import type { Folders } from "#extension/folders";
import { localOutput } from "#extension/local/local-output";
import { localSource } from "#extension/local/local-source";
import { say } from "#extension/notify";
import { writeOutput } from "#extension/team/write-output";
import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import { localPlace, type PanelFile } from "#protocol/panel-link";
import type { WritePiece } from "#runner/node/whole-file";
import { endpointUrl } from "#sdk/http";

const kinds: Readonly<Record<PanelFile, { readonly ending: string; readonly name: string }>> = {
  readLog: { ending: "log", name: "Terminal output" },
  readCast: { ending: "cast", name: "asciicast" },
};

interface Saved {
  readonly relay: string;
  readonly runId: RunId;
  readonly file: PanelFile;
}

interface OutputSources {
  readonly accounts: Pick<Accounts, "of">;
  readonly folders: Pick<Folders, "all">;
}

/**
 * Asks for a place and writes a run's output there: as the relay has it, or the keeper where it is on none.
 * @throws BatonError `not_signed_in`, `connection_lost`, `run_never_seen`
 */
export async function saveOutput({ accounts, folders }: OutputSources, saved: Saved): Promise<void> {
  const { relay, runId, file } = saved;
  const { ending, name } = kinds[file];
  const [folder] = workspace.workspaceFolders ?? [];
  const target = await window.showSaveDialog({
    title: "Export Run",
    filters: { [name]: [ending] },
    ...(folder && { defaultUri: Uri.joinPath(folder.uri, `${runId}.${ending}`) }),
  });
  if (!target) return;
  const options = { location: ProgressLocation.Notification, title: "Exporting the run", cancellable: true };
  const isWritten = await window.withProgress(options, async (_, cancelled) => {
    const stop = new AbortController();
    const subscription = cancelled.onCancellationRequested(() => stop.abort());
    const fill = (write: WritePiece) =>
      relay === localPlace
        ? localOutput(localSource(folders, runId), file, stop.signal, write)
        : relayOutput(accounts, saved, stop.signal, write);
    try {
      await writeOutput(target, fill);
      return true;
    } catch (error) {
      if (stop.signal.aborted) return false;
      throw error;
    } finally {
      subscription.dispose();
    }
  });
  if (!isWritten) return;
  say(`the run was exported to ${target.path}`);
}

async function relayOutput(
  accounts: Pick<Accounts, "of">,
  { relay, runId, file }: Saved,
  signal: AbortSignal,
  write: WritePiece,
): Promise<void> {
  const token = accounts.of(relay)?.token;
  if (!token) throw new BatonError("not_signed_in");
  const { download } = await import("#runner/node/download");
  const url = endpointUrl(relay, file, { params: { id: runId } });
  await download({ url, token, network: editorNetwork(), signal }, write);
}
