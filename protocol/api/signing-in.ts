import * as z from "zod";
import { type Endpoint, Link, Timestamp } from "#protocol/api/endpoint";
import { Member, Name } from "#protocol/documents";
import { RelayId } from "#protocol/ids";
import { Role } from "#protocol/roles";

const SignedIn = z.object({ member: Member, relay: z.object({ id: RelayId, name: z.string(), version: z.string() }) });

/** Signing in and out, and tickets for the viewer link. */
export const signingInEndpoints = {
  signIn: {
    method: "POST",
    path: "/api/session",
    role: "public",
    summary: "Sign in with a one-time link or an invitation",
    body: z.object({
      secret: z.string().max(200),
      name: Name.optional().describe("asked for by an invitation"),
      device: z.string().max(200).optional(),
    }),
    response: SignedIn,
  },
  peekLink: {
    method: "POST",
    path: "/api/session/peek",
    role: "public",
    summary: "What a link would do, without using it",
    body: z.object({ secret: z.string().max(200) }),
    response: z.object({ kind: z.enum(["link", "invitation"]), name: z.string().optional(), role: Role.optional() }),
  },
  refreshSession: {
    method: "POST",
    path: "/api/session/refresh",
    role: "public",
    summary: "Rotate the refresh cookie and get a fresh access cookie",
    response: SignedIn,
  },
  readSession: {
    method: "GET",
    path: "/api/session",
    role: "viewer",
    scope: "read",
    summary: "Who is signed in, and where",
    response: SignedIn,
  },
  signOut: {
    method: "DELETE",
    path: "/api/session",
    role: "viewer",
    scope: "read",
    summary: "Sign this device out; a token is revoked",
  },
  makeTicket: {
    method: "POST",
    path: "/api/tickets",
    role: "viewer",
    scope: "read",
    summary: "A single-use ticket for the viewer link, valid 30 s",
    response: z.object({ ticket: z.string(), expiresAt: Timestamp }),
  },
  makeLink: {
    method: "POST",
    path: "/api/links",
    role: "viewer",
    summary: "A one-time link that signs in another device of yours",
    response: Link,
  },
} as const satisfies Record<string, Endpoint>;
