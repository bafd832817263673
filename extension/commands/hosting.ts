import { networkInterfaces } from "node:os";
import { env, ProgressLocation, Uri, window } from "vscode";
import type { AccountStore } from "#extension/accounts/account-store";
import { commandIds } from "#extension/commands/ids";
import { pick } from "#extension/commands/pick";
import type { CommandRows } from "#extension/commands/register";
import type { Folders } from "#extension/folders";
import { connectLocally } from "#extension/hosting/connect-locally";
import type { Hosting } from "#extension/hosting/hosting";
import type { LocalRelay } from "#extension/hosting/local-relay";
import { askInDialog, notify } from "#extension/notify";

/** A relay on this machine, for whoever has none. */
export function hostingCommands({ relay, look }: Hosting, folders: Folders, accounts: AccountStore) {
  const showLink = async (found: LocalRelay) => {
    const open = "Open Dashboard";
    const copy = "Copy Sign-in Link";
    const whose = /\/\/127\./.test(found.address) ? "of this computer" : "here or on a phone";
    const text = `Your relay serves at ${found.address}. A sign-in link works once, for a browser ${whose}.`;
    const choice = await notify("info", text, open, copy);
    if (choice === open) await env.openExternal(Uri.parse(await found.link(), true));
    if (choice === copy) await env.clipboard.writeText(await found.link());
  };
  return {
    [commandIds.hostRelay]: async () => {
      const where = await askWhere();
      if (!where) return;
      const found = await window.withProgress(
        { location: ProgressLocation.Notification, title: "Starting the relay" },
        () => relay.start(where.address),
      );
      await look();
      const free = folders.all().filter((folder) => !folder.pairing());
      const folder = await pick("Connect which folder?", free, ({ name }) => ({ label: name }));
      if (folder) await connectLocally(folder, found, accounts);
      await showLink(found);
    },
    [commandIds.showHostedRelay]: async () => {
      const found = await relay.find();
      if (found) await showLink(found);
      else await look();
    },
    [commandIds.stopHostedRelay]: async () => {
      const stop = "Stop the Relay";
      const detail = "Everybody on it is cut off until it is hosted again. What runs goes on, and nothing is lost.";
      if ((await askInDialog("warning", "Stop the hosted relay?", detail, stop)) !== stop) return;
      await relay.stop();
      await look();
      void notify("info", "The hosted relay has stopped. Its data is kept.");
    },
  } satisfies CommandRows;
}

const inNetwork = "Everybody in this network";

/** @returns undefined when the person gave up; `address` null: nobody but this computer */
async function askWhere(): Promise<{ readonly address: string | null } | undefined> {
  const chosen = await window.showQuickPick(
    [
      { label: "This computer only", detail: "The dashboard opens in browsers of this computer." },
      { label: inNetwork, detail: "Phones and computers in the same network reach it, over plain http." },
    ],
    { title: "Who May Reach the Relay?", ignoreFocusOut: true },
  );
  if (chosen?.label !== inNetwork) return chosen && { address: null };
  const address = await pick("By which address?", localAddresses(), (label) => ({ label }));
  if (address === undefined) {
    void notify("warning", "This computer has no address in a network now. Nothing was started.");
    return undefined;
  }
  const open = "Open It to the Network";
  const detail =
    "It speaks plain http. Whoever shares the network can read what passes, what is typed into terminals too, and act as those who are signed in. Do this only in a network that you trust; elsewhere run a relay behind https.";
  const answer = await askInDialog(
    "warning",
    `Open the relay to everybody in the network of ${address}?`,
    detail,
    open,
  );
  return answer === open ? { address } : undefined;
}

/** The addresses by which other computers reach this one (IPv4, as people type them). */
const localAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((rows) => rows ?? [])
    .filter((row) => row.family === "IPv4" && !row.internal)
    .map((row) => row.address);
