import { useEffect, useState } from "react";
import { type Role, roles } from "#protocol/roles";
import { roleTexts } from "../account/sign-in";
import { Button, IconButton } from "../controls/controls";
import { Secret } from "../controls/secret";
import { deadline, plural } from "../model/format";
import { useApp, useNow } from "../model/hooks";
import { Section } from "./page";
import { useLoaded } from "./use-loaded";

/** How often it is looked whether a link that is shown was used. */
const linkCheckMs = 2_000;

interface ShownLink {
  readonly id: string;
  readonly url: string;
  readonly expiresAt: number;
  /** Whether the list has had it, so that it can be missed. */
  readonly isListed: boolean;
}

export function Invitations() {
  const app = useApp();
  const { value, reload } = useLoaded(() => app.client.call("listInvitations"));
  const [role, setRole] = useState<Role>("prompter");
  const [link, setLink] = useState<ShownLink>();
  const invite = async () => {
    const made = await app.attempt(() => app.client.call("invite", { body: { role } }));
    if (!made) return;
    setLink({ id: made.invitation.id, url: made.url, expiresAt: made.expiresAt, isListed: false });
    reload();
  };
  // A link that lets nobody in any more is not shown any more.
  const now = useNow(30_000);
  const isOpen = link && value?.invitations.some(({ id }) => id === link.id);
  const isUsed = link?.isListed === true && value !== undefined && !isOpen;
  const isOver = link !== undefined && now > link.expiresAt;
  useEffect(() => {
    if (!link) return;
    const timer = setInterval(reload, linkCheckMs);
    return () => clearInterval(timer);
  }, [link, reload]);
  useEffect(() => {
    if (isOpen) setLink((shown) => (shown?.isListed === false ? { ...shown, isListed: true } : shown));
  }, [isOpen]);
  useEffect(() => {
    if (!isUsed && !isOver) return;
    setLink(undefined);
    app.notices.say(isOver ? "The invitation has expired." : "The invitation was used or withdrawn.");
  }, [app, isUsed, isOver]);
  const withdraw = async (id: string) => {
    await app.attempt(() => app.client.call("withdrawInvitation", { params: { id } }));
    reload();
  };
  return (
    <Section title="Invitations" hint={roleTexts[role].replace("You can", "Whoever opens the link can")}>
      <div className="actions">
        <select
          aria-label="Role of the invitation"
          value={role}
          onChange={(event) => setRole(event.target.value as Role)}
        >
          {roles.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <Button icon="person-add" onClick={invite}>
          Make an invitation link
        </Button>
      </div>
      {link && (
        <Secret
          label="Invitation link"
          value={link.url}
          note={`Works once, until ${deadline(link.expiresAt)}. It is not shown again.`}
          forPhones
        />
      )}
      {value && value.invitations.length > 0 && (
        <ul className="table">
          {value.invitations.map((invitation) => (
            <li key={invitation.id}>
              <span className="grow">
                {invitation.role}
                <span className="quiet">
                  {" "}
                  · {plural(invitation.uses, "use")} left · until {deadline(invitation.expiresAt)}
                </span>
              </span>
              <IconButton icon="trash" label="Withdraw this invitation" onClick={() => void withdraw(invitation.id)} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
