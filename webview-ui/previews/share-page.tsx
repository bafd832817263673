import { useEffect, useState } from "react";
import { BatonError, errorText } from "#protocol/errors";
import { isSignedOut } from "#sdk/client";
import { asPeerError, type PeerError } from "#sdk/connection";
import { Button, Empty, Skeleton } from "../controls/controls";
import { useApp } from "../model/hooks";

/** Where a link for members leads: on to the preview, or to the sentence that says why not. */
export function SharePage() {
  const app = useApp();
  const [error, setError] = useState<PeerError>();
  useEffect(() => {
    const enter = async () => {
      try {
        const secret = window.location.hash.slice(1);
        if (!secret) throw new BatonError("share_over");
        const { url } = await app.client.call("enterShare", { body: { secret } });
        window.location.replace(url);
      } catch (thrown) {
        const known = asPeerError(thrown);
        if (isSignedOut(known)) app.session.ended(known);
        else setError(known);
      }
    };
    void enter();
  }, [app]);
  if (!error) return <Skeleton rows={6} />;
  return (
    <Empty icon="circle-slash" title="This link does not let you in">
      <p className="quiet">{errorText(error)}</p>
      <Button onClick={() => app.router.go("/")}>Go to the runs</Button>
    </Empty>
  );
}
