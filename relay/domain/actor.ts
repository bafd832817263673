import type { Member } from "#protocol/documents";
import type { DeviceId } from "#protocol/ids";
import type { Actor } from "#protocol/payloads";

/** A member as the log and the people watching name them. */
export const actorOf = (member: Member, deviceId?: DeviceId): Actor => ({
  kind: "member",
  memberId: member.id,
  name: member.name,
  ...(deviceId && { deviceId }),
});
