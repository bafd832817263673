import { mayCall } from "../model/allowed";
import { useMe } from "../model/hooks";
import { Audit } from "./audit";
import { Devices } from "./devices";
import { Invitations } from "./invitations";
import { JoinTokens } from "./join-tokens";
import { Members } from "./members";
import { Page } from "./page";
import { Tokens } from "./tokens";

/** The people, and what signs them and their machines in. */
export function TeamPage() {
  const me = useMe();
  return (
    <Page title="Team">
      <Members />
      {mayCall(me, "invite") && <Invitations />}
      <Devices />
      <Tokens />
      {mayCall(me, "makeJoinToken") && <JoinTokens />}
      {mayCall(me, "readAudit") && <Audit />}
    </Page>
  );
}
