import { BatonError } from "#protocol/errors";
import { roleAllows } from "#protocol/roles";
import type { Handlers } from "#relay/http/call";
import { linkUrl } from "#relay/http/handlers/session";

type Names =
  | "listMembers"
  | "changeMember"
  | "removeMember"
  | "listInvitations"
  | "invite"
  | "withdrawInvitation"
  | "listDevices"
  | "removeDevice";

export const memberHandlers: Pick<Handlers, Names> = {
  listMembers: ({ domain }) => ({ members: domain.members.all() }),

  async changeMember(call, { params, body }) {
    call.audit.details = { role: body.role };
    return call.domain.members.changeRole(params.id, body.role);
  },

  async removeMember({ domain, member }, { params }) {
    const { members, sessions, queue, runners } = domain;
    const devices = members.devicesOf(params.id).filter((device) => device.kind !== "runner");
    await members.remove(params.id);
    for (const device of devices) await sessions.end(device.id);
    await queue.cancelAllOf(params.id);
    const own = runners.all().filter((runner) => runner.memberId === params.id && runner.state !== "revoked");
    for (const runner of own) await runners.revoke(runner.id, member.id);
  },

  listInvitations: ({ domain }) => ({ invitations: domain.links.invitations() }),

  async invite(call, { body }) {
    const { invitation, secret } = await call.domain.links.invite(call.member, body.role, body.uses, body.expiresInMs);
    Object.assign(call.audit, { target: invitation.id, details: { role: body.role, uses: body.uses } });
    return { url: linkUrl(call, "invite", secret), expiresAt: invitation.expiresAt, invitation };
  },

  withdrawInvitation: ({ domain }, { params }) => domain.links.withdraw(params.id),

  listDevices: ({ domain, member }) => ({ devices: domain.members.devicesOf(member.id) }),

  async removeDevice({ domain, member }, { params }) {
    const device = domain.members.devicesOf(member.id).find((own) => own.id === params.id);
    if (!device) throw new BatonError("not_found", { what: "device" });
    const runner = domain.runners.all().find((one) => one.deviceId === device.id && one.state !== "revoked");
    if (!runner) return domain.sessions.end(device.id);
    if (!roleAllows(member.role, "owner")) {
      throw new BatonError("role_required", { required: "owner", role: member.role });
    }
    await domain.runners.revoke(runner.id, member.id);
  },
};
