import * as z from "zod";
import { type Endpoint, one, Timestamp } from "#protocol/api/endpoint";
import { maxShareMs, maxShareSecretLength, minShareMs, shareMs } from "#protocol/caps";
import { Name, Share, ShareAudience } from "#protocol/documents";
import { PreviewId, ShareId } from "#protocol/ids";
import { Role } from "#protocol/roles";

const ShareSecret = z.string().min(1).max(maxShareSecretLength).describe("what stands behind `#` in the link");

/** Links to previews: for everybody who has one, or for members of at least a role. */
export const shareEndpoints = {
  listShares: {
    method: "GET",
    path: "/api/previews/:id/shares",
    role: "viewer",
    scope: "read",
    summary: "The links to a preview that are good, without their secrets",
    params: one(PreviewId),
    response: z.object({
      shares: z.array(Share),
      arePublic: z.boolean().describe("whether this relay lets guests in by links at all"),
    }),
  },
  makeShare: {
    method: "POST",
    path: "/api/previews/:id/shares",
    role: "prompter",
    scope: "prompt",
    summary: "Make a link to a preview; its secret is in this answer and nowhere else",
    params: one(PreviewId),
    body: z.object({
      audience: ShareAudience,
      expiresInMs: z.int().min(minShareMs).max(maxShareMs).default(shareMs),
      name: Name.optional(),
    }),
    response: z.object({
      share: Share,
      url: z.string().describe("the secret stands behind `#`, which browsers never send"),
    }),
  },
  revokeShare: {
    method: "DELETE",
    path: "/api/shares/:id",
    role: "prompter",
    scope: "prompt",
    summary: "End a link, and at once what it has let in: of one's own, to one's own machine, or as an approver",
    params: one(ShareId),
  },
  peekShare: {
    method: "POST",
    path: "/api/shares/peek",
    role: "public",
    summary: "The role that a link for members asks for",
    body: z.object({ secret: ShareSecret }),
    response: z.object({ role: Role }),
  },
  enterShare: {
    method: "POST",
    path: "/api/shares/tickets",
    role: "viewer",
    scope: "read",
    summary: "A link that lets one browser of a member into a shared preview, once, within 30 s",
    body: z.object({ secret: ShareSecret }),
    response: z.object({ url: z.string(), expiresAt: Timestamp }),
  },
} as const satisfies Record<string, Endpoint>;
