import { ProgressLocation, Uri, window, workspace } from "vscode";
import type { Accounts } from "#extension/account";
import { editorNetwork } from "#extension/network";
import { BatonError } from "#protocol/errors";
import type { PanelFile } from "#protocol/panel-link";
import { endpointUrl } from "#sdk/http";

const kinds: Readonly<Record<PanelFile, { readonly ending: string; readonly name: string }>> = {
  readLog: { ending: "log", name: "Terminal output" },
  readCast: { ending: "cast", name: "asciicast" },
};

const saidMs = 5_000;

interface Saved {
  readonly relay: string;
  readonly runId: string;
  readonly file: PanelFile;
}

/**
 * Asks for a place and writes a run's output there, as the relay has it.
 * @throws BatonError `not_signed_in`, `connection_lost`
 */
export async function saveOutput(accounts: Pick<Accounts, "of">, { relay, runId, file }: Saved): Promise<void> {
  const { ending, name } = kinds[file];
  const [folder] = workspace.workspaceFolders ?? [];
  const target = await window.showSaveDialog({
    title: "Export Run",
    filters: { [name]: [ending] },
    ...(folder && { defaultUri: Uri.joinPath(folder.uri, `${runId}.${ending}`) }),
  });
  if (!target) return;
  const token = accounts.of(relay)?.token;
  if (!token) throw new BatonError("not_signed_in");
  const { createFetch } = await import("#runner/node/http-fetch");
  const options = { location: ProgressLocation.Notification, title: "Exporting the run", cancellable: true };
  const bytes = await window.withProgress(options, async (_, cancelled) => {
    const stop = new AbortController();
    const subscription = cancelled.onCancellationRequested(() => stop.abort());
    try {
      const response = await createFetch(editorNetwork)(endpointUrl(relay, file, { params: { id: runId } }), {
        headers: { authorization: `Bearer ${token}` },
        signal: stop.signal,
      });
      if (response.status === 401) throw new BatonError("not_signed_in");
      if (!response.ok) throw new BatonError("internal", { requestId: `HTTP ${response.status}` });
      return new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      if (stop.signal.aborted) return undefined;
      throw error instanceof BatonError ? error : new BatonError("connection_lost", {}, { cause: error });
    } finally {
      subscription.dispose();
    }
  });
  if (!bytes) return;
  await workspace.fs.writeFile(target, bytes);
  window.setStatusBarMessage(`Baton: the run was exported to ${target.path}`, saidMs);
}
