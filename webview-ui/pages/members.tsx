import { useState } from "react";
import type { Member } from "#protocol/documents";
import { type Role, roles } from "#protocol/roles";
import { IconButton } from "../controls/controls";
import { Confirm } from "../controls/dialog";
import { mayCall } from "../model/allowed";
import { useApp, useMe, useTeam } from "../model/hooks";
import { Section } from "./page";

/** Somebody has to stay who can invite, pair and revoke. */
const isLastOwner = (member: Member, members: readonly Member[]) =>
  member.role === "owner" && members.every((other) => other.id === member.id || other.role !== "owner");

export function Members() {
  const app = useApp();
  const me = useMe();
  const all = useTeam((state) => state.members);
  const [leaving, setLeaving] = useState<Member>();
  const members = [...all.values()].filter((member) => !member.removedAt).sort((a, b) => a.createdAt - b.createdAt);
  const changeRole = async (member: Member, role: Role) => {
    const changed = await app.attempt(() =>
      app.client.call("changeMember", { params: { id: member.id }, body: { role } }),
    );
    if (changed) app.team.put({ members: [changed] });
  };
  const remove = async (member: Member) => {
    const done = await app.attempt(async () => {
      await app.client.call("removeMember", { params: { id: member.id } });
      return true;
    });
    if (done) app.notices.say(`${member.name} was removed. Their runs are kept.`);
  };
  return (
    <Section title="Members" hint="Viewers watch, prompters queue, approvers type into terminals, owners do the rest.">
      <ul className="table">
        {members.map((member) => (
          <li key={member.id}>
            <span className="grow">
              {member.name}
              {member.id === me?.id && <span className="quiet"> · you</span>}
            </span>
            {mayCall(me, "changeMember") && !isLastOwner(member, members) ? (
              <select
                aria-label={`Role of ${member.name}`}
                value={member.role}
                onChange={(event) => void changeRole(member, event.target.value as Role)}
              >
                {roles.map((role) => (
                  <option key={role}>{role}</option>
                ))}
              </select>
            ) : (
              <span className="quiet">{member.role}</span>
            )}
            {mayCall(me, "removeMember") && member.id !== me?.id && (
              <IconButton icon="trash" label={`Remove ${member.name}`} onClick={() => setLeaving(member)} />
            )}
          </li>
        ))}
      </ul>
      {leaving && (
        <Confirm
          title={`Remove ${leaving.name}?`}
          action="Remove"
          onConfirm={() => void remove(leaving)}
          onClose={() => setLeaving(undefined)}
        >
          Their browsers are signed out at once and their runners are no longer reached. Their runs are kept.
        </Confirm>
      )}
    </Section>
  );
}
