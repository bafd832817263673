import * as z from "zod";
import { maxLabels } from "#protocol/caps";
import { Label, stored, Timestamp } from "#protocol/documents/fields";
import { DeviceId, InvitationId, MemberId, TokenId } from "#protocol/ids";
import { Role } from "#protocol/roles";
import { Name } from "#protocol/shown-text";

export const Member = z.looseObject({
  ...stored,
  id: MemberId,
  name: Name,
  role: Role,
  createdAt: Timestamp,
  removedAt: Timestamp.optional(),
});
export type Member = z.infer<typeof Member>;

export const PublicKey = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
export type PublicKey = z.infer<typeof PublicKey>;

export const Device = z.looseObject({
  ...stored,
  id: DeviceId,
  memberId: MemberId,
  kind: z.enum(["browser", "runner", "cli"]),
  name: z.string().max(200),
  keys: z.array(PublicKey).max(8),
  createdAt: Timestamp,
  lastSeenAt: Timestamp,
  revokedAt: Timestamp.optional(),
});
export type Device = z.infer<typeof Device>;

export const Invitation = z.looseObject({
  ...stored,
  id: InvitationId,
  role: Role,
  createdBy: MemberId,
  createdAt: Timestamp,
  expiresAt: Timestamp,
  uses: z.int().min(0).describe("how often it can still be used"),
});
export type Invitation = z.infer<typeof Invitation>;

export const tokenScopes = ["read", "prompt", "approve"] as const;
export const TokenScope = z.enum(tokenScopes);
export const AccessToken = z.looseObject({
  ...stored,
  id: TokenId,
  memberId: MemberId,
  name: Name,
  scopes: z.array(TokenScope).min(1),
  createdAt: Timestamp,
  expiresAt: Timestamp,
  lastUsedAt: Timestamp.optional(),
});
export type AccessToken = z.infer<typeof AccessToken>;

export const JoinToken = z.looseObject({
  ...stored,
  id: TokenId,
  memberId: MemberId.describe("who made it; its runners carry this member"),
  createdAt: Timestamp,
  expiresAt: Timestamp,
  uses: z.int().min(0),
  labels: z.array(Label).max(maxLabels),
  mayReplace: z.boolean().optional().describe("made on the server's own machine: it also takes the place of a runner"),
});
export type JoinToken = z.infer<typeof JoinToken>;

export const AuditEntry = z.looseObject({
  at: Timestamp,
  memberId: MemberId.optional(),
  deviceId: DeviceId.optional(),
  action: z.string().max(80),
  target: z.string().max(120).optional(),
  from: z.string().max(80).describe("the address of the client"),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;
