import { type ReactNode, useState } from "react";
import type { Preview, PromptAttachment } from "#protocol/documents";
import { Button, Empty, Icon, IconButton } from "../controls/controls";
import { Confirm } from "../controls/dialog";
import { mayCall, mayClosePreview } from "../model/allowed";
import { isConnected } from "../model/describe";
import { useApp, useMe, useStore, useTeam } from "../model/hooks";
import { fixPrompt } from "./fix-prompt";
import { pictureTypeOf } from "./page-channel";
import { PageErrors } from "./page-errors";
import { PreviewPrompt, previewDraft } from "./preview-prompt";
import { PreviewToolbar } from "./preview-toolbar";
import { PublicEntry } from "./public-entry";
import { SharePreview } from "./share-preview";
import { usePreviewPage } from "./use-preview-page";

type Opened =
  | { readonly what: "errors" | "closing" | "sharing" }
  | { readonly what: "prompt"; readonly attachments: readonly PromptAttachment[] };

/** The page of an open preview, with what can be done with it: on the dashboard, and in the editor's panel. */
export function PreviewSurface({ preview, children }: { readonly preview: Preview; readonly children?: ReactNode }) {
  const app = useApp();
  const me = useMe();
  const account = useStore(app.account);
  const runner = useTeam((state) => state.runners.get(preview.runnerId));
  const page = usePreviewPage(preview);
  const { entry, state } = page;
  const [width, setWidth] = useState("");
  const [opened, setOpened] = useState<Opened>();
  const close = () => setOpened(undefined);
  const mayAsk = mayCall(me, "queuePrompt");
  const mayChange = mayClosePreview(me, preview, runner);
  const params = { id: preview.id };

  const { publicOnly: isPublic = false, publicUrl, publicProblem } = preview.body;
  const openOutside = () => void app.attempt(() => app.home.openPreview(preview));
  const ask = (attachments: readonly PromptAttachment[] = [], text = "") => {
    const before = account?.drafts.read(previewDraft(preview)) ?? "";
    const isNew = text !== "" && !before.includes(text);
    if (isNew) account?.drafts.write(previewDraft(preview), before.trim() ? `${before.trim()}\n\n${text}` : text);
    setOpened({ what: "prompt", attachments });
  };
  const askWithPicture = async () => {
    const bytes = await page.channel.takePicture();
    const type = bytes && pictureTypeOf(bytes);
    if (!bytes || !type) return app.notices.say("This page could not be drawn.");
    ask([{ name: `page.${type}`, bytes: base64Of(bytes) }]);
  };
  const setPlain = (isPlain: boolean) =>
    app.attempt(async () => {
      app.team.put({ previews: [await app.client.call("changePreview", { params, body: { isPlain } })] });
    });
  const items = mayChange
    ? [
        preview.isPlain
          ? { icon: "code", label: "Show pages with Baton's script", run: () => void setPlain(false) }
          : { icon: "code", label: "Show pages without Baton's script", run: () => void setPlain(true) },
        { icon: "circle-slash", label: "Stop showing this port…", run: () => setOpened({ what: "closing" }) },
      ]
    : [];

  return (
    <div className="preview">
      <PreviewToolbar
        preview={preview}
        page={page}
        width={width}
        onWidth={setWidth}
        onErrors={() => setOpened({ what: "errors" })}
        onOutside={openOutside}
        onPicture={mayAsk ? () => void askWithPicture() : undefined}
        items={items}
      >
        {/* In the editor, its own command shares. */}
        {!app.home.isEditor && !isPublic && mayCall(me, "makeShare") && (
          <IconButton icon="share" label="Share it" onClick={() => setOpened({ what: "sharing" })} />
        )}
        {children}
      </PreviewToolbar>
      {(!runner || !isConnected(runner)) && (
        <p className="preview-note" role="status">
          <Icon name="warning" tone="warn" /> {runner?.body.name ?? "The runner"} is away. The page answers again when
          it is back.
        </p>
      )}
      {isPublic && <PublicEntry url={publicUrl} problem={publicProblem} />}
      {!isPublic && entry?.isFramed === false && (
        <Empty icon="link-external" title="This preview opens in a tab of its own">
          <p className="quiet">
            It would stand inside of another page here, and without https browsers keep no cookie for it there.
          </p>
          <Button look="primary" icon="link-external" onClick={openOutside}>
            Open Outside
          </Button>
        </Empty>
      )}
      {entry?.isFramed && (
        <div className="preview-stage">
          <iframe
            key={page.source}
            ref={page.frame}
            title={preview.body.name}
            src={page.source}
            onLoad={() => page.channel.loaded()}
            style={width ? { width: `${width}px` } : undefined}
            sandbox="allow-downloads allow-forms allow-modals allow-pointer-lock allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts"
            referrerPolicy="no-referrer"
          />
        </div>
      )}
      {opened?.what === "errors" && (
        <PageErrors
          state={state}
          origin={page.origin}
          onFix={
            mayAsk
              ? () =>
                  ask([], fixPrompt(preview, state.path, { ...state, count: state.errorCount, origin: page.origin }))
              : undefined
          }
          onClose={close}
        />
      )}
      {opened?.what === "prompt" && (
        <PreviewPrompt preview={preview} attachments={opened.attachments} onClose={close} />
      )}
      {opened?.what === "sharing" && <SharePreview preview={preview} onClose={close} />}
      {opened?.what === "closing" && (
        <Confirm
          title={`Stop showing ${preview.body.name}?`}
          action="Stop showing it"
          onConfirm={() => void app.attempt(() => app.client.call("closePreview", { params }))}
          onClose={close}
        >
          Nobody sees the port any more. The server there goes on.
        </Confirm>
      )}
    </div>
  );
}

function base64Of(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}
