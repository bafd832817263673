import { useEffect } from "react";
import type { PreviewId } from "#protocol/ids";
import { Skeleton } from "../controls/controls";
import { ErrorBoundary } from "../controls/error-boundary";
import { ConnectionBar } from "../layout/connection-bar";
import { NoticeList } from "../layout/notice-list";
import { useTeam } from "../model/hooks";
import { ClosedPreview } from "../previews/preview-page";
import { PreviewSurface } from "../previews/preview-surface";

interface PreviewPanelProps {
  readonly id: PreviewId;
  /** Told the preview's name, for the tab of the panel. */
  readonly titled: (title: string) => void;
}

/** One preview, in a panel of the editor. */
export function PreviewPanel({ id, titled }: PreviewPanelProps) {
  const preview = useTeam((state) => state.previews.get(id));
  const loaded = useTeam((state) => state.complete);
  const name = preview?.body.name;
  useEffect(() => {
    if (name) titled(name);
  }, [name, titled]);
  return (
    <div className="app">
      <ConnectionBar />
      <main id="main" className="main" tabIndex={-1}>
        <ErrorBoundary place="preview">
          {preview && preview.closedAt === undefined ? (
            <PreviewSurface preview={preview} />
          ) : loaded ? (
            <ClosedPreview />
          ) : (
            <Skeleton rows={6} />
          )}
        </ErrorBoundary>
      </main>
      <NoticeList />
    </div>
  );
}
