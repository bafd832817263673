import { ProgressLocation, window } from "vscode";
import type { AccountStore } from "#extension/accounts/account-store";
import type { Cloudflare } from "#extension/cloudflare/cloudflare";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import { isLoopback } from "#extension/connect/relay-address";
import type { Folders } from "#extension/folders";
import { connectLocally } from "#extension/hosting/connect-locally";
import type { RelayReach } from "#extension/hosting/hosted-relay";
import type { Hosting } from "#extension/hosting/hosting";
import { localAddresses } from "#extension/hosting/local-addresses";
import type { LocalRelay } from "#extension/hosting/local-relay";
import type { LinkPanel, LinkSubject } from "#extension/link-panel/link-panel";
import { askInDialog, notify, say } from "#extension/notify";
import { pick } from "#extension/pick";
import { withPatience } from "#extension/progress";

/** A relay on this machine, for whoever has none. */
export function hostingCommands(
  { relay, look }: Hosting,
  folders: Folders,
  accounts: AccountStore,
  panel: LinkPanel,
  cloudflare: Pick<Cloudflare, "program" | "named">,
) {
  const showLink = (found: LocalRelay) => panel.show(linkSubject(found));
  return {
    [commandIds.hostRelay]: async () => {
      const where = await askWhere(cloudflare);
      if (!where) return;
      const found = await window.withProgress(
        { location: ProgressLocation.Notification, title: "Starting the relay" },
        () => relay.start(where),
      );
      await look();
      const free = folders.all().filter((folder) => !folder.pairing());
      const folder = await pick("Connect which folder?", free, ({ name }) => ({ label: name }));
      if (folder) await withPatience("connecting the folder", connectLocally(folder, found, accounts));
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
      await window.withProgress({ location: ProgressLocation.Notification, title: "Stopping the relay" }, () =>
        relay.stop(),
      );
      panel.close();
      await look();
      say("the hosted relay has stopped; its data is kept");
    },
  } satisfies CommandRows;
}

/** A sign-in link of the relay: for this computer alone, or for a phone too. */
function linkSubject(found: LocalRelay): LinkSubject {
  const { address } = found;
  const isNetwork = !isLoopback(address);
  const isInternet = address.startsWith("https:");
  return {
    title: "Baton Relay",
    heading: `Your relay serves at ${address}`,
    notes: isInternet
      ? [
          "Scan the code with a phone, or open the link in a browser: it signs that browser in, as you.",
          ...(address.endsWith(".trycloudflare.com") ? [quickTunnel] : []),
        ]
      : isNetwork
        ? [
            "Scan the code with a phone in the same network, or open the link in a browser: it signs that browser in, as you.",
          ]
        : [
            "Open the link in a browser of this computer: it signs that browser in, as you.",
            "Phones do not reach this relay. Stop it and host it for everybody in your network to let them in.",
          ],
    ...(isNetwork && address.startsWith("http:") && { warning: plainHttp }),
    hasCode: isNetwork,
    make: () => found.link(),
    isGood: ({ url }) => found.isLinkGood(url),
  };
}

const quickTunnel =
  "This is a quick tunnel: its address lasts until the relay is stopped, and the next one is another. A tunnel of your own keeps its address.";

const plainHttp =
  "It speaks plain http: whoever shares this network can read what passes, and act as those who are signed in. Use it only in a network that you trust.";

const inNetwork = "Everybody in this network";
const onInternet = "The internet, through Cloudflare";

/** @returns undefined when the person gave up */
async function askWhere(cloudflare: Pick<Cloudflare, "program" | "named">): Promise<RelayReach | undefined> {
  const chosen = await window.showQuickPick(
    [
      { label: "This computer only", detail: "The dashboard opens in browsers of this computer." },
      { label: inNetwork, detail: "Phones and computers in the same network reach it, over plain http." },
      { label: onInternet, detail: "Phones and computers everywhere reach it, over https. No account is needed." },
    ],
    { title: "Who may reach the relay?", ignoreFocusOut: true },
  );
  if (chosen?.label === onInternet) return askAboutInternet(cloudflare);
  if (chosen?.label !== inNetwork) return chosen && { from: "here" };
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
  return answer === open ? { from: "network", address } : undefined;
}

/** The person says yes to the address, and to the program where it is missing. */
async function askAboutInternet({ program, named }: Pick<Cloudflare, "program" | "named">) {
  const own = await named.read();
  const host = "Host It on the Internet";
  const detail = `Anyone who has the address can reach the relay's sign-in page; only people with a link of yours get in. What passes goes through Cloudflare, which can read it. ${own ? `It will be at ${own.hostname}, which has to lead to the relay's port.` : "The address is a new one at each start; it is not for good."}`;
  const answer = await askInDialog("warning", "Make the relay reachable from the internet?", detail, host);
  if (answer !== host) return undefined;
  await program();
  return { from: "internet" as const, ...(own && { hostname: own.hostname }) };
}
