import * as z from "zod";
import { dayMs, durationMs, type Endpoint, one, Timestamp } from "#protocol/api/endpoint";
import { maxLabels } from "#protocol/caps";
import { JoinToken, Label, PublicKey, Runner, RunnerBody } from "#protocol/documents";
import { DeviceId, MemberId, PairingId, RelayId, RunnerId, TokenId } from "#protocol/ids";
import { shownText } from "#protocol/shown-text";

/** How a machine becomes a runner: by a code that an owner approves, or by a join token. */
export const pairingEndpoints = {
  startPairing: {
    method: "POST",
    path: "/api/pairings",
    role: "public",
    summary: "Begin pairing a runner (RFC 8628)",
    body: z.object({ runnerId: RunnerId, publicKey: PublicKey, body: RunnerBody }),
    response: z.object({
      deviceCode: z.string(),
      userCode: shownText(20),
      verificationUrl: z.url({ protocol: /^https?$/ }).max(2_000),
      expiresAt: Timestamp,
      intervalMs: z.int(),
    }),
  },
  finishPairing: {
    method: "POST",
    path: "/api/pairings/finish",
    role: "public",
    summary: "Ask whether the pairing was approved; `pairing_pending` until then",
    body: z.object({ deviceCode: z.string().max(200) }),
    response: z.object({ deviceId: DeviceId, memberId: MemberId, relayId: RelayId, team: shownText(200) }),
  },
  readPairing: {
    method: "GET",
    path: "/api/pairings/:code",
    role: "owner",
    summary: "What a code would pair: host, folder, key fingerprint",
    params: z.object({ code: z.string().max(20) }),
    response: z.object({
      id: PairingId,
      fingerprint: z.string(),
      body: RunnerBody,
      expiresAt: Timestamp,
      from: z.string(),
      replaces: z
        .object({ name: z.string(), member: z.string().describe("whose it is, by name") })
        .optional()
        .describe("the paired runner whose place this one would take: another key, or another member"),
    }),
  },
  approvePairing: {
    method: "POST",
    path: "/api/pairings/:code/approve",
    role: "owner",
    summary: "Approve a pairing",
    params: z.object({ code: z.string().max(20) }),
    response: Runner,
  },
  declinePairing: {
    method: "POST",
    path: "/api/pairings/:code/decline",
    role: "owner",
    summary: "Decline a pairing",
    params: z.object({ code: z.string().max(20) }),
  },
  join: {
    method: "POST",
    path: "/api/join",
    role: "public",
    summary: "Pair a machine without a person, by a join token",
    body: z.object({ token: z.string().max(200), runnerId: RunnerId, publicKey: PublicKey, body: RunnerBody }),
    response: z.object({ deviceId: DeviceId, memberId: MemberId, relayId: RelayId, team: shownText(200) }),
  },
  listJoinTokens: {
    method: "GET",
    path: "/api/join-tokens",
    role: "owner",
    summary: "Open join tokens",
    response: z.object({ joinTokens: z.array(JoinToken) }),
  },
  makeJoinToken: {
    method: "POST",
    path: "/api/join-tokens",
    role: "owner",
    summary: "Make a join token; it is shown once",
    body: z.object({
      uses: z.int().min(1).max(1_000).default(1),
      expiresInMs: durationMs(366 * dayMs).default(dayMs),
      labels: z.array(Label).max(maxLabels).default([]),
    }),
    response: z.object({ joinToken: JoinToken, secret: z.string() }),
  },
  removeJoinToken: {
    method: "DELETE",
    path: "/api/join-tokens/:id",
    role: "owner",
    summary: "Withdraw a join token",
    params: one(TokenId),
  },
} as const satisfies Record<string, Endpoint>;
