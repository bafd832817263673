import * as z from "zod";
import { stored, Timestamp } from "#protocol/documents/fields";
import { MemberId, PreviewId, ShareId } from "#protocol/ids";
import { Role } from "#protocol/roles";
import { Name } from "#protocol/shown-text";

/** Whom a link lets in: everybody who has it, or members of at least a role, signed in. */
export const ShareAudience = z.union([z.literal("public"), z.object({ role: Role })]);
export type ShareAudience = z.infer<typeof ShareAudience>;

/** A link to one preview, for a while. It ends when it is revoked, when the preview is closed, and with its maker. */
export const Share = z.looseObject({
  ...stored,
  id: ShareId,
  previewId: PreviewId,
  memberId: MemberId.describe("who made it; it is good while they are a member who may make one"),
  audience: ShareAudience,
  createdAt: Timestamp,
  expiresAt: Timestamp,
  revokedAt: Timestamp.optional(),
  views: z.int().min(0).describe("browsers that were let in; one that comes again while it is let in counts once"),
  lastViewedAt: Timestamp.optional(),
  body: z.looseObject({ name: Name.optional().describe("what the team calls it; guests are not shown it") }),
});
export type Share = z.infer<typeof Share>;
