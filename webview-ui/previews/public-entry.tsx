import { errorText, type WireError } from "#protocol/errors";
import { Button, Empty } from "../controls/controls";

interface PublicEntryProps {
  readonly url: string | undefined;
  readonly problem: WireError | undefined;
}

/** A preview that is at a public address alone, through Cloudflare. It opens in a tab of its own. */
export function PublicEntry({ url, problem }: PublicEntryProps) {
  if (url !== undefined) {
    return (
      <Empty icon="globe" title="This preview is at a public address">
        <p className="public-address">{url}</p>
        <p className="quiet">
          Anyone who has the address sees this page, without signing in. It ends with the preview.
        </p>
        <Button look="primary" icon="link-external" onClick={() => window.open(url, "_blank", "noopener,noreferrer")}>
          Open it
        </Button>
      </Empty>
    );
  }
  if (problem) {
    return (
      <Empty icon="warning" title="This preview has no address right now">
        <p className="quiet">{errorText(problem)}</p>
      </Empty>
    );
  }
  return (
    <Empty icon="sync" title="The public address is being made">
      <p className="quiet">Cloudflare names it in a few seconds. This page shows it then.</p>
    </Empty>
  );
}
