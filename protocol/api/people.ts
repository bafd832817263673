import * as z from "zod";
import { dayMs, durationMs, type Endpoint, Link, one } from "#protocol/api/endpoint";
import { AccessToken, Device, Invitation, Member, Name, TokenScope } from "#protocol/documents";
import { DeviceId, InvitationId, MemberId, TokenId } from "#protocol/ids";
import { Role } from "#protocol/roles";

/** Members, invitations, devices and API tokens. */
export const peopleEndpoints = {
  listMembers: {
    method: "GET",
    path: "/api/members",
    role: "viewer",
    scope: "read",
    summary: "Everybody on the team",
    response: z.object({ members: z.array(Member) }),
  },
  changeMember: {
    method: "PATCH",
    path: "/api/members/:id",
    role: "owner",
    summary: "Change a member's role",
    params: one(MemberId),
    body: z.object({ role: Role }),
    response: Member,
  },
  removeMember: {
    method: "DELETE",
    path: "/api/members/:id",
    role: "owner",
    summary: "Remove a member; their devices are signed out",
    params: one(MemberId),
  },
  listInvitations: {
    method: "GET",
    path: "/api/invitations",
    role: "owner",
    summary: "Open invitations",
    response: z.object({ invitations: z.array(Invitation) }),
  },
  invite: {
    method: "POST",
    path: "/api/invitations",
    role: "owner",
    summary: "Make an invitation link that carries a role",
    body: z.object({
      role: Role,
      uses: z.int().min(1).max(100).default(1),
      expiresInMs: durationMs(30 * dayMs).default(7 * dayMs),
    }),
    response: Link.extend({ invitation: Invitation }),
  },
  withdrawInvitation: {
    method: "DELETE",
    path: "/api/invitations/:id",
    role: "owner",
    summary: "Withdraw an invitation",
    params: one(InvitationId),
  },
  listDevices: {
    method: "GET",
    path: "/api/devices",
    role: "viewer",
    summary: "Your own devices",
    response: z.object({ devices: z.array(Device) }),
  },
  removeDevice: {
    method: "DELETE",
    path: "/api/devices/:id",
    role: "viewer",
    summary: "Sign out one of your devices",
    params: one(DeviceId),
  },
  listTokens: {
    method: "GET",
    path: "/api/tokens",
    role: "viewer",
    summary: "Your own API tokens",
    response: z.object({ tokens: z.array(AccessToken) }),
  },
  makeToken: {
    method: "POST",
    path: "/api/tokens",
    role: "viewer",
    summary: "Make an API token; it is shown once",
    body: z.object({
      name: Name,
      scopes: z.array(TokenScope).min(1),
      expiresInMs: durationMs(366 * dayMs).default(90 * dayMs),
    }),
    response: z.object({ token: AccessToken, secret: z.string() }),
  },
  removeToken: {
    method: "DELETE",
    path: "/api/tokens/:id",
    role: "viewer",
    summary: "Revoke one of your API tokens",
    params: one(TokenId),
  },
} as const satisfies Record<string, Endpoint>;
