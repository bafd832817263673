import type { Preview } from "#protocol/documents";
import type { PreviewId } from "#protocol/ids";
import { Empty, Icon, IconButton, Skeleton } from "../controls/controls";
import { useApp, useTeam } from "../model/hooks";
import { PreviewSurface } from "./preview-surface";

/** A preview at its own place of the dashboard. */
export function PreviewPage({ id }: { readonly id: PreviewId }) {
  const preview = useTeam((state) => state.previews.get(id));
  const loaded = useTeam((state) => state.complete);
  if (preview && preview.closedAt === undefined) {
    return (
      <>
        <PreviewHead preview={preview} />
        <PreviewSurface key={id} preview={preview} />
      </>
    );
  }
  return loaded ? <ClosedPreview /> : <Skeleton rows={6} />;
}

export function ClosedPreview() {
  const { home } = useApp();
  return (
    <Empty icon="circle-slash" title="This preview is closed">
      <p className="quiet">
        {home.isEditor
          ? "Its runner shows the port no more."
          : "Its runner shows the port no more. Ask for it again on the page of the runners."}
      </p>
    </Empty>
  );
}

function PreviewHead({ preview }: { readonly preview: Preview }) {
  const { router } = useApp();
  const runner = useTeam((state) => state.runners.get(preview.runnerId));
  return (
    <header className="preview-head">
      <IconButton className="back" icon="chevron-left" label="Back to the runs" onClick={() => router.go("/")} />
      <h1 title={preview.body.name}>{preview.body.name}</h1>
      <span className="quiet preview-where">
        <Icon name="device-desktop" /> {runner?.body.host ?? "a former runner"}:{preview.body.port}
      </span>
    </header>
  );
}
