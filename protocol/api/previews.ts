import * as z from "zod";
import { type Endpoint, one, Timestamp } from "#protocol/api/endpoint";
import { maxFramingOrigins } from "#protocol/caps";
import { FramingOrigin, Name, Preview, PreviewPort } from "#protocol/documents";
import { PreviewId, RunnerId } from "#protocol/ids";

/** Ports of runners, as pages that a team can look at. */
export const previewEndpoints = {
  listPreviews: {
    method: "GET",
    path: "/api/previews",
    role: "viewer",
    scope: "read",
    summary: "The open previews",
    response: z.object({ previews: z.array(Preview) }),
  },
  openPreview: {
    method: "POST",
    path: "/api/previews",
    role: "prompter",
    scope: "prompt",
    summary: "Show a port of a runner; its local user decides which ports can be shown",
    body: z.object({ runnerId: RunnerId, port: PreviewPort, name: Name.optional() }),
    response: Preview,
  },
  changePreview: {
    method: "PATCH",
    path: "/api/previews/:id",
    role: "prompter",
    scope: "prompt",
    summary: "Show the pages of a preview with the relay's script, or without it",
    params: one(PreviewId),
    body: z.object({ isPlain: z.boolean() }),
    response: Preview,
  },
  closePreview: {
    method: "DELETE",
    path: "/api/previews/:id",
    role: "prompter",
    scope: "prompt",
    summary: "Close a preview, for everybody",
    params: one(PreviewId),
  },
  enterPreview: {
    method: "POST",
    path: "/api/previews/:id/tickets",
    role: "viewer",
    scope: "read",
    summary: "A link that lets one browser into a preview, once, within 30 s",
    params: one(PreviewId),
    body: z
      .object({
        framedBy: z
          .array(FramingOrigin)
          .max(maxFramingOrigins)
          .optional()
          .describe("the pages around its frame, from the inside out, where that is not the dashboard"),
      })
      .default({}),
    response: z.object({
      url: z.string().describe("the secret stands behind `#`, which browsers never send"),
      expiresAt: Timestamp,
      isPublic: z.boolean().optional().describe("anyone who has the address sees it: it is not the relay's"),
      isFramed: z.boolean().describe("whether it can stand in a page of the dashboard; not on plain http"),
    }),
  },
} as const satisfies Record<string, Endpoint>;
