import { env, window } from "vscode";
import { isLoopback } from "#extension/connect/relay-address";
import type { LinkPanel, LinkSubject } from "#extension/link-panel/link-panel";
import { withoutIcons } from "#extension/notification-text";
import { notify, say } from "#extension/notify";
import type { ShownPreview } from "#extension/previews/shown-previews";
import { withPatience } from "#extension/progress";
import type { RelayClients } from "#extension/team/relay-clients";
import type { ResponseOf } from "#protocol/api";
import { BatonError } from "#protocol/errors";
import { audiences, audienceText, shareLifetimes } from "#sdk/share-choices";

const showCode = "Show QR Code";

/**
 * Makes a link to a preview, for whom and for how long the person says, and copies it.
 * @throws BatonError `relay_needed`, `not_signed_in`, and what the relay answers
 */
export async function sharePreview(
  { preview, folder }: ShownPreview,
  { clients, linkPanel }: { readonly clients: RelayClients; readonly linkPanel: Pick<LinkPanel, "show"> },
): Promise<void> {
  const relay = folder.pairing()?.relay;
  if (relay === undefined) throw new BatonError("relay_needed");
  const client = await clients.of(relay);
  const params = { id: preview.id };
  const { arePublic } = await withPatience("looking for links", client.call("listShares", { params }));
  const who = await window.showQuickPick(
    audiences
      .filter(({ audience }) => arePublic || audience !== "public")
      .map(({ audience }) => ({
        label: audienceText(audience),
        detail: audience === "public" ? "No account is needed." : "They have to be signed in at the relay.",
        audience,
      })),
    { title: `Share ${withoutIcons(preview.body.name)} with Whom?` },
  );
  const lifetime = who && (await window.showQuickPick(lifetimes, { title: "For How Long?" }));
  if (!who || !lifetime) return;
  const body = { audience: who.audience, expiresInMs: lifetime.ms };
  const made = await withPatience("making the link", client.call("makeShare", { params, body }));
  await env.clipboard.writeText(made.url);
  if (isLoopback(relay)) return say("the link to the preview was copied; it opens on this computer alone");
  const text = `The link to “${preview.body.name}” was copied: ${who.label.toLowerCase()}, for ${lifetime.label}.`;
  if ((await notify("info", text, showCode)) === showCode) await linkPanel.show(subjectOf(preview.body.name, made));
}

const lifetimes = shareLifetimes.map(({ ms, text }) => ({ label: text, ms }));

/** The link as a code for a phone's camera. */
function subjectOf(name: string, { share, url }: ResponseOf<"makeShare">): LinkSubject {
  const isPublic = share.audience === "public";
  return {
    title: "Link to Preview",
    heading: name,
    notes: [
      isPublic
        ? "Whoever has the link sees the page and types into it. Their first page says whose machine it is."
        : `${audienceText(share.audience)}: the phone has to be signed in at the relay.`,
      "Who has come by it, and how to revoke it, stands with the preview on the dashboard.",
    ],
    hasCode: true,
    make: async () => ({ url, expiresAt: share.expiresAt }),
  };
}
