import { env, Uri, window } from "vscode";
import { givenPreviewId } from "#extension/commands/given";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import type { Folders } from "#extension/folders";
import type { LinkPanel } from "#extension/link-panel/link-panel";
import { withoutIcons } from "#extension/notification-text";
import { say } from "#extension/notify";
import type { RunPanels } from "#extension/panel/run-panels";
import { pick } from "#extension/pick";
import { sharePreview } from "#extension/previews/share-preview";
import {
  previewPage,
  type ShownPreview,
  shownPreviews,
  type TeamPreview,
  teamPreviews,
} from "#extension/previews/shown-previews";
import { withPatience } from "#extension/progress";
import type { RelayClients } from "#extension/team/relay-clients";
import type { TeamLinks } from "#extension/team/team-links";
import { PreviewPort } from "#protocol/documents";

interface PreviewCommandDeps {
  readonly folders: Folders;
  readonly clients: RelayClients;
  readonly linkPanel: LinkPanel;
  readonly links: TeamLinks;
  readonly panels: Pick<RunPanels, "open">;
}

/** What shows ports of this computer to the team, and stops it. */
export function previewCommands({ folders, links, panels, ...deps }: PreviewCommandDeps) {
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
    [commandIds.showPreview]: async (given: unknown) => {
      const previewId = givenPreviewId(given);
      const from = teamPreviews(folders, links).filter(({ preview }) => (previewId ?? preview.id) === preview.id);
      const shown = await pick("Show which preview?", from, teamPreviewItem);
      if (!shown) return;
      const { id, runnerId, body } = shown.preview;
      panels.open({ relay: shown.relay, previewId: id, runnerId }, body.name);
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

const teamPreviewItem = ({ preview, relay }: TeamPreview) => ({
  label: withoutIcons(preview.body.name),
  description: withoutIcons(`port ${preview.body.port} · ${relay}`),
});

const previewItem = ({ preview, folder }: ShownPreview) => ({
  label: withoutIcons(preview.body.name),
  description: withoutIcons(`port ${preview.body.port} · ${folder.name}`),
});
