import type { Preview } from "#protocol/documents";
import { Icon } from "../controls/controls";
import { useApp, usePlace, useTeam } from "../model/hooks";
import { previewPath } from "../model/router";

/** The open previews of the team, as rows of the left column. */
export function PreviewList({ previews }: { readonly previews: readonly Preview[] }) {
  const { router } = useApp();
  const place = usePlace();
  const runners = useTeam((state) => state.runners);
  return previews.map((preview) => (
    <button
      key={preview.id}
      type="button"
      className={`row slim ${place.id === preview.id ? "selected" : ""}`}
      title={`Port ${preview.body.port} of ${runners.get(preview.runnerId)?.body.host ?? "a former runner"}`}
      onClick={() => router.go(previewPath(preview.id))}
    >
      <Icon name="globe" tone="quiet" />
      <span className="row-title">{preview.body.name}</span>
      <span className="row-aside">:{preview.body.port}</span>
    </button>
  ));
}
