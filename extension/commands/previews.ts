import { env, Uri, window } from "vscode";
import { givenPreviewId } from "#extension/commands/given";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import type { Folders } from "#extension/folders";
import type { LinkPanel } from "#extension/link-panel/link-panel";
import { withoutIcons } from "#extension/notification-text";
import { say } from "#extension/notify";
import { pick } from "#extension/pick";
import { sharePreview } from "#extension/previews/share-preview";
import { previewPage, type ShownPreview, shownPreviews } from "#extension/previews/shown-previews";
import { withPatience } from "#extension/progress";
import type { RelayClients } from "#extension/team/relay-clients";
import { PreviewPort } from "#protocol/documents";

interface PreviewCommandDeps {
  readonly folders: Folders;
  readonly clients: RelayClients;
  readonly linkPanel: LinkPanel;
}

/** What shows ports of this computer to the team, and stops it. */
export function previewCommands({ folders, ...deps }: PreviewCommandDeps) {
  const choose = (title: string, given: unknown) => {
    const previewId = givenPreviewId(given);
    const from = shownPreviews(folders).filter(({ preview }) => previewId === undefined || preview.id === previewId);
    return pick(title, from, previewItem);
  };
  return {
    [commandIds.showPort]: async () => {
      const paired = folders.all().filter((one) => one.pairing());
      const folder = await pick("Show a port for which folder?", paired, ({ name }) => ({ label: name }));
      const typed = folder && (await askForPort());
      if (!folder || typed === undefined) return;
      const preview = await withPatience("showing the port", folder.showPort(PreviewPort.parse(Number(typed))));
      say(`port ${preview.body.port} is shown to ${folder.pairing()?.team}`);
    },
    [commandIds.openPreview]: async (given: unknown) => {
      const shown = await choose("Open which preview?", given);
      if (shown) await env.openExternal(Uri.parse(previewPage(shown)));
    },
    [commandIds.copyPreviewLink]: async (given: unknown) => {
      const shown = await choose("Copy the link to which preview?", given);
      if (!shown) return;
      await env.clipboard.writeText(previewPage(shown));
      say("the link to the preview was copied");
    },
    [commandIds.sharePreview]: async (given: unknown) => {
      const shown = await choose("Share which preview?", given);
      if (shown) await sharePreview(shown, deps);
    },
    [commandIds.closePreview]: async (given: unknown) => {
      const shown = await choose("Stop showing which port?", given);
      if (!shown) return;
      await withPatience("closing the preview", shown.folder.closePreview(shown.preview));
      say(`port ${shown.preview.body.port} is shown to nobody any more`);
    },
  } satisfies CommandRows;
}

const askForPort = () =>
  window.showInputBox({
    title: "Show a Port to the Team",
    prompt: "The port at which a server of this computer answers. Everybody on the team can then see it.",
    placeHolder: "5173",
    ignoreFocusOut: true,
    validateInput: (text) =>
      PreviewPort.safeParse(Number(text.trim() || Number.NaN)).success
        ? undefined
        : "Type a number from 1024 to 65535.",
  });

const previewItem = ({ preview, folder }: ShownPreview) => ({
  label: withoutIcons(preview.body.name),
  description: withoutIcons(`port ${preview.body.port} · ${folder.name}`),
});
