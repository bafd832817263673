import { useEffect, useState } from "react";
import type { ResponseOf } from "#protocol/api";
import type { Preview } from "#protocol/documents";
import type { PreviewId } from "#protocol/ids";
import { Button, Chip, Empty, Icon, IconButton, Skeleton } from "../controls/controls";
import { Confirm } from "../controls/dialog";
import { Menu } from "../controls/menu";
import { mayCall, mayClosePreview } from "../model/allowed";
import { isConnected } from "../model/describe";
import { useApp, useMe, useNarrow, useTeam } from "../model/hooks";
import { PublicEntry } from "./public-entry";
import { SharePreview } from "./share-preview";

/** Widths of the page, as CSS pixels. */
const widths = [
  { value: "", text: "Full width" },
  { value: "1024", text: "Laptop · 1024" },
  { value: "768", text: "Tablet · 768" },
  { value: "390", text: "Phone · 390" },
] as const;

export function PreviewPage({ id }: { readonly id: PreviewId }) {
  const preview = useTeam((state) => state.previews.get(id));
  const loaded = useTeam((state) => state.complete);
  if (preview && preview.closedAt === undefined) return <OpenPreview key={id} preview={preview} />;
  if (!loaded) return <Skeleton rows={6} />;
  return (
    <Empty icon="circle-slash" title="This preview is closed">
      <p className="quiet">Its runner shows the port no more. Ask for it again on the page of the runners.</p>
    </Empty>
  );
}

function OpenPreview({ preview }: { readonly preview: Preview }) {
  const app = useApp();
  const me = useMe();
  const narrow = useNarrow();
  const runner = useTeam((state) => state.runners.get(preview.runnerId));
  const [entry, setEntry] = useState<ResponseOf<"enterPreview">>();
  const [round, setRound] = useState(0);
  const [width, setWidth] = useState("");
  const [closing, setClosing] = useState(false);
  const [sharing, setSharing] = useState(false);

  const isPublic = preview.body.publicOnly === true;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round is a new way in, for one frame.
  useEffect(() => {
    let isWanted = true;
    setEntry(undefined);
    if (isPublic) return;
    void app
      .attempt(() => app.client.call("enterPreview", { params: { id: preview.id } }))
      .then((found) => {
        if (isWanted) setEntry(found);
      });
    return () => {
      isWanted = false;
    };
  }, [app, preview.id, round, isPublic]);

  const { publicUrl, publicProblem } = preview.body;
  const openOutside = async () => {
    // The page that opens must not be able to reach this one.
    if (isPublic) return void window.open(publicUrl, "_blank", "noopener,noreferrer");
    const tab = window.open("", "_blank");
    if (tab) tab.opener = null;
    const found = await app.attempt(() => app.client.call("enterPreview", { params: { id: preview.id } }));
    if (tab && found) tab.location.href = found.url;
    else tab?.close();
  };
  const close = async () => {
    await app.attempt(() => app.client.call("closePreview", { params: { id: preview.id } }));
  };
  const isAway = !runner || !isConnected(runner);
  return (
    <div className="preview">
      <header className="preview-head">
        <IconButton className="back" icon="chevron-left" label="Back to the runs" onClick={() => app.router.go("/")} />
        <h1 title={preview.body.name}>{preview.body.name}</h1>
        <span className="quiet preview-where">
          <Icon name="device-desktop" /> {runner?.body.host ?? "a former runner"}:{preview.body.port}
        </span>
        <span className="spring" />
        {!narrow && entry?.isFramed && (
          <Chip icon="screen-full" label="Width" value={width} options={widths} onChange={setWidth} />
        )}
        <IconButton icon="refresh" label="Load it again" onClick={() => setRound(round + 1)} />
        {!isPublic && mayCall(me, "makeShare") && (
          <IconButton icon="share" label="Share it" onClick={() => setSharing(true)} />
        )}
        {!(isPublic && publicUrl === undefined) && (
          <IconButton icon="link-external" label="Open it in a tab of its own" onClick={() => void openOutside()} />
        )}
        {mayClosePreview(me, preview, runner) && (
          <Menu
            label="More"
            icon="ellipsis"
            items={[{ icon: "circle-slash", label: "Stop showing this port…", run: () => setClosing(true) }]}
          />
        )}
      </header>
      {isAway && (
        <p className="preview-note" role="status">
          <Icon name="warning" tone="warn" /> {runner?.body.name ?? "The runner"} is away. The page answers again when
          it is back.
        </p>
      )}
      {isPublic && <PublicEntry url={publicUrl} problem={publicProblem} />}
      {entry?.isFramed === false && (
        <Empty icon="link-external" title="This preview opens in a tab of its own">
          <p className="quiet">Browsers keep no cookie for a page inside this one without https.</p>
          <Button look="primary" icon="link-external" onClick={() => void openOutside()}>
            Open it
          </Button>
        </Empty>
      )}
      {entry?.isFramed && (
        <div className="preview-stage">
          <iframe
            key={entry.url}
            title={preview.body.name}
            src={entry.url}
            style={width ? { width: `${width}px` } : undefined}
            sandbox="allow-downloads allow-forms allow-modals allow-pointer-lock allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts"
            referrerPolicy="no-referrer"
          />
        </div>
      )}
      {sharing && <SharePreview preview={preview} onClose={() => setSharing(false)} />}
      {closing && (
        <Confirm
          title={`Stop showing ${preview.body.name}?`}
          action="Stop showing it"
          onConfirm={() => void close()}
          onClose={() => setClosing(false)}
        >
          Nobody sees the port any more. The server there goes on.
        </Confirm>
      )}
    </div>
  );
}
