import { useState } from "react";
import { type Role, roles } from "#protocol/roles";
import { roleTexts } from "../account/sign-in";
import { Button, IconButton } from "../controls/controls";
import { Secret } from "../controls/secret";
import { plural, timeStamp } from "../model/format";
import { useApp } from "../model/hooks";
import { Section } from "./page";
import { useLoaded } from "./use-loaded";

export function Invitations() {
  const app = useApp();
  const { value, reload } = useLoaded(() => app.client.call("listInvitations"));
  const [role, setRole] = useState<Role>("prompter");
  const [link, setLink] = useState<{ url: string; expiresAt: number }>();
  const invite = async () => {
    const made = await app.attempt(() => app.client.call("invite", { body: { role } }));
    if (!made) return;
    setLink(made);
    reload();
  };
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
          note={`Works once, until ${timeStamp(link.expiresAt)}. It is not shown again.`}
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
                  · {plural(invitation.uses, "use")} left · until {timeStamp(invitation.expiresAt)}
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
