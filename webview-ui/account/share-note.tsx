import { useEffect, useState } from "react";
import { errorText } from "#protocol/errors";
import type { Role } from "#protocol/roles";
import { asPeerError } from "#sdk/connection";
import { Button } from "../controls/controls";
import { useApp } from "../model/hooks";

/** For somebody who came by a link for members and is not signed in: whom it is for, and how it goes on. */
export function ShareNote() {
  const { client, session, router } = useApp();
  const [text, setText] = useState<string>();
  const isHere = router.get().name === "shared";
  useEffect(() => {
    if (!isHere) return;
    const secret = window.location.hash.slice(1) || "none";
    client.call("peekShare", { body: { secret } }).then(
      ({ role }) => setText(noteFor(role)),
      (thrown) => setText(errorText(asPeerError(thrown))),
    );
  }, [client, isHere]);
  if (text === undefined) return null;
  return (
    <div className="ask">
      <p>{text}</p>
      <div className="actions">
        <Button onClick={() => void session.ask()}>I am signed in now</Button>
      </div>
    </div>
  );
}

const noteFor = (role: Role): string =>
  role === "viewer"
    ? "Your link leads to a preview, and is for members of this team. Sign this browser in, then it goes on."
    : `Your link leads to a preview, and is for members of this team with the role “${role}” or more. Sign this browser in, then it goes on.`;
