import * as z from "zod";
import { cursorPage, dayMs, durationMs, type Endpoint, Link, Timestamp } from "#protocol/api/endpoint";
import { EditorName, SignedInEditor } from "#protocol/api/pairing";
import { maxLabels } from "#protocol/caps";
import { AuditEntry, Label, Name } from "#protocol/documents";
import { Role } from "#protocol/roles";

/** The relay itself. */
export const relayEndpoints = {
  readAudit: {
    method: "GET",
    path: "/api/audit",
    role: "owner",
    summary: "Who changed what, newest first",
    query: z.object(cursorPage),
    response: z.object({ entries: z.array(AuditEntry), next: z.string().optional() }),
  },
  readOpenApi: {
    method: "GET",
    path: "/api/openapi.json",
    role: "public",
    summary: "This interface as OpenAPI 3.1",
    response: z.unknown(),
  },
  health: {
    method: "GET",
    path: "/healthz",
    role: "public",
    summary: "The process answers",
    response: z.object({ ok: z.literal(true), version: z.string() }),
  },
  readiness: {
    method: "GET",
    path: "/readyz",
    role: "public",
    summary: "The store can be written",
    response: z.object({ ok: z.boolean() }),
  },
  serverLink: {
    method: "POST",
    path: "/api/server/links",
    role: "server",
    summary: "A one-time sign-in link, from the server's own machine",
    body: z.object({ name: Name, role: Role.default("owner") }),
    response: Link,
  },
  serverOwner: {
    method: "GET",
    path: "/api/server/owner",
    role: "server",
    summary: "Who the first owner is, and where people reach this relay",
    response: z.object({ owner: Name, address: z.url() }),
  },
  serverSignIn: {
    method: "POST",
    path: "/api/server/sign-ins",
    role: "server",
    summary: "Signs an editor on the server's own machine in, as the first owner",
    body: EditorName,
    response: SignedInEditor,
  },
  serverJoinToken: {
    method: "POST",
    path: "/api/server/join-tokens",
    role: "server",
    summary: "A join token, from the server's own machine",
    body: z.object({
      uses: z.int().min(1).max(1_000).default(1),
      expiresInMs: durationMs(366 * dayMs).default(dayMs),
      labels: z.array(Label).max(maxLabels).default([]),
      mayReplace: z.boolean().default(false).describe("it also takes the place of a paired runner"),
    }),
    response: z.object({ secret: z.string(), expiresAt: Timestamp }),
  },
} as const satisfies Record<string, Endpoint>;
