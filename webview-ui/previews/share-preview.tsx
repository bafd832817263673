import { type FormEvent, useEffect, useState } from "react";
import type { ResponseOf } from "#protocol/api";
import { shareMs } from "#protocol/caps";
import type { Preview, Share } from "#protocol/documents";
import { errorText } from "#protocol/errors";
import type { ShareId } from "#protocol/ids";
import { audienceOf, audiences, audienceText, shareLifetimes } from "#sdk/share-choices";
import { Button, Field, IconButton } from "../controls/controls";
import { Dialog } from "../controls/dialog";
import { Secret } from "../controls/secret";
import { mayRevokeShare, maySharePreview } from "../model/allowed";
import { age, deadline, memberName, plural, timeStamp } from "../model/format";
import { useApp, useMe, useNow, useTeam } from "../model/hooks";
import { useLoaded } from "../pages/use-loaded";

/** How often it is looked who has come by a link while the dialog is open. */
const viewsCheckMs = 2_000;

/** Links to one preview: makes them, and shows which there are and who has come by them. */
export function SharePreview({ preview, onClose }: { readonly preview: Preview; readonly onClose: () => void }) {
  const app = useApp();
  const me = useMe();
  const runner = useTeam((state) => state.runners.get(preview.runnerId));
  const { value, error, reload } = useLoaded(() => app.client.call("listShares", { params: { id: preview.id } }));
  const [made, setMade] = useState<ResponseOf<"makeShare">>();
  useEffect(() => {
    const timer = setInterval(reload, viewsCheckMs);
    return () => clearInterval(timer);
  }, [reload]);
  const revoke = async (id: ShareId) => {
    await app.attempt(() => app.client.call("revokeShare", { params: { id } }));
    if (made?.share.id === id) setMade(undefined);
    reload();
  };
  return (
    <Dialog title={`Share ${preview.body.name}`} onClose={onClose} className="share">
      {maySharePreview(me, runner) ? (
        <MakeShare
          preview={preview}
          arePublic={value?.arePublic ?? true}
          onMade={(one) => {
            setMade(one);
            reload();
          }}
        />
      ) : (
        <p>{runner?.body.name ?? "The runner"} takes no prompts from you, so you make no links to what it shows.</p>
      )}
      {made && (
        <Secret
          label="Link to the preview"
          value={made.url}
          note={`${audienceText(made.share.audience)}, until ${deadline(made.share.expiresAt)}. It is not shown again.`}
          forPhones
        />
      )}
      {error && <p className="error-text">{errorText(error)}</p>}
      {value && value.shares.length > 0 && (
        <section aria-label="Links that are good" className="share-list">
          <h3>Links that are good</h3>
          <ul className="table">
            {value.shares.map((share) => (
              <ShareRow
                key={share.id}
                share={share}
                mayRevoke={mayRevokeShare(me, share, runner)}
                onRevoke={() => void revoke(share.id)}
              />
            ))}
          </ul>
        </section>
      )}
    </Dialog>
  );
}

interface MakeShareProps {
  readonly preview: Preview;
  readonly arePublic: boolean;
  readonly onMade: (made: ResponseOf<"makeShare">) => void;
}

function MakeShare({ preview, arePublic, onMade }: MakeShareProps) {
  const app = useApp();
  const [chosen, setChosen] = useState("public");
  const [lifetime, setLifetime] = useState(String(shareMs));
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const who = chosen === "public" && !arePublic ? "viewer" : chosen;
  const make = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const body = {
      audience: audienceOf(who),
      expiresInMs: Number(lifetime),
      ...(name.trim() && { name: name.trim() }),
    };
    const made = await app.attempt(() => app.client.call("makeShare", { params: { id: preview.id }, body }));
    setBusy(false);
    if (!made) return;
    setName("");
    onMade(made);
  };
  return (
    <form className="stack" onSubmit={make}>
      <div className="share-choices">
        <Field label="Who" hint={hintOf(who, arePublic)}>
          <select value={who} onChange={(event) => setChosen(event.target.value)}>
            {audiences.map(({ value, audience }) => (
              <option key={value} value={value} disabled={value === "public" && !arePublic}>
                {audienceText(audience)}
              </option>
            ))}
          </select>
        </Field>
        <Field label="For">
          <select value={lifetime} onChange={(event) => setLifetime(event.target.value)}>
            {shareLifetimes.map(({ ms, text }) => (
              <option key={ms} value={ms}>
                {text}
              </option>
            ))}
          </select>
        </Field>
      </div>
      <Field label="Note" hint="For the team alone. May be left empty.">
        <input value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />
      </Field>
      <div className="actions end">
        <Button look="primary" icon="link" type="submit" disabled={busy}>
          Make the link
        </Button>
      </div>
    </form>
  );
}

function hintOf(who: string, arePublic: boolean): string {
  if (who === "public") return "No account is needed. Whoever has the link sees the page and types into it.";
  return arePublic
    ? "They have to be signed in at this relay."
    : "They have to be signed in at this relay, which lets in no guests.";
}

interface ShareRowProps {
  readonly share: Share;
  readonly mayRevoke: boolean;
  readonly onRevoke: () => void;
}

function ShareRow({ share, mayRevoke, onRevoke }: ShareRowProps) {
  const now = useNow(5_000);
  const members = useTeam((state) => state.members);
  const me = useMe();
  const { audience, body, views, expiresAt, memberId, lastViewedAt } = share;
  const facts = [
    plural(views, "view"),
    `${age(Math.max(60_000, expiresAt - now))} left`,
    `by ${memberName(memberId, members, me?.id)}`,
  ];
  return (
    <li>
      <span className="grow share-text">
        <span>{body.name ?? audienceText(audience)}</span>
        <span className="quiet" title={lastViewedAt === undefined ? undefined : `Last view ${timeStamp(lastViewedAt)}`}>
          {[...(body.name === undefined ? [] : [audienceText(audience)]), ...facts].join(" · ")}
        </span>
      </span>
      {mayRevoke && <IconButton icon="trash" label="Revoke this link" onClick={onRevoke} />}
    </li>
  );
}
