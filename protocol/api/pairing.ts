import * as z from "zod";
import { dayMs, durationMs, type Endpoint, one, Timestamp } from "#protocol/api/endpoint";
import { maxLabels } from "#protocol/caps";
import { JoinToken, Label, Name, PublicKey, Runner, RunnerBody } from "#protocol/documents";
import { DeviceId, MemberId, PairingId, RelayId, RunnerId, TokenId } from "#protocol/ids";
import { shownText } from "#protocol/shown-text";

/** What an editor is answered that shows a code (RFC 8628, section 3.2). */
const CodeToShow = z.object({
  deviceCode: z.string(),
  userCode: shownText(20),
  verificationUrl: z.url({ protocol: /^https?$/ }).max(2_000),
  expiresAt: Timestamp,
  intervalMs: z.int(),
});
const DeviceCode = z.object({
  deviceCode: z.string().max(200),
  answerKey: z
    .string()
    .min(22)
    .max(200)
    .optional()
    .describe(
      "random, made for this request. A bearer token is answered once, and again only to the key that it was " +
        "answered to: whoever lost the answer asks again with the same key",
    ),
});
const UserCode = z.object({ code: z.string().max(20) });
/** The editor that would be signed in, as the approving page and the list of tokens name it. */
export const EditorName = z.object({ name: Name });
/** An editor that is signed in as a member. */
const MemberToken = z.object({
  memberId: MemberId,
  name: shownText(200).describe("the member's"),
  token: z.string().max(200).describe("a bearer token with the scopes `read`, `prompt` and `approve`"),
  tokenId: TokenId,
  expiresAt: Timestamp,
});
export const SignedInEditor = MemberToken.extend({ relayId: RelayId, team: shownText(200) });

/** How a machine becomes a runner: by a code that an owner approves, or by a join token; and how editors sign in. */
export const pairingEndpoints = {
  startPairing: {
    method: "POST",
    path: "/api/pairings",
    role: "public",
    summary: "Begin pairing a runner (RFC 8628)",
    body: z.object({
      runnerId: RunnerId,
      publicKey: PublicKey,
      body: RunnerBody,
      signIn: EditorName.optional().describe("the editor also asks to be signed in as whoever approves"),
    }),
    response: CodeToShow,
  },
  finishPairing: {
    method: "POST",
    path: "/api/pairings/finish",
    role: "public",
    summary: "Ask whether the pairing was approved; `pairing_pending` until then",
    body: DeviceCode,
    response: z.object({
      deviceId: DeviceId,
      memberId: MemberId,
      relayId: RelayId,
      team: shownText(200),
      signedIn: MemberToken.optional().describe(
        "where it was asked for, and the approving member left it on; answered once",
      ),
    }),
  },
  readPairing: {
    method: "GET",
    path: "/api/pairings/:code",
    role: "owner",
    summary: "What a code would pair: host, folder, key fingerprint",
    params: UserCode,
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
      signIn: EditorName.optional().describe("the editor that also asks to be signed in as you"),
    }),
  },
  approvePairing: {
    method: "POST",
    path: "/api/pairings/:code/approve",
    role: "owner",
    summary: "Approve a pairing, and sign its editor in as you where you say so",
    params: UserCode,
    body: z.object({ signIn: z.boolean().default(false) }).default({ signIn: false }),
    response: Runner,
  },
  declinePairing: {
    method: "POST",
    path: "/api/pairings/:code/decline",
    role: "owner",
    summary: "Decline a pairing",
    params: UserCode,
  },
  startSignIn: {
    method: "POST",
    path: "/api/sign-ins",
    role: "public",
    summary: "Begin signing an editor in (RFC 8628)",
    body: EditorName,
    response: CodeToShow,
  },
  finishSignIn: {
    method: "POST",
    path: "/api/sign-ins/finish",
    role: "public",
    summary: "Ask whether the sign-in was approved; `pairing_pending` until then",
    body: DeviceCode,
    response: SignedInEditor,
  },
  readSignIn: {
    method: "GET",
    path: "/api/sign-ins/:code",
    role: "viewer",
    summary: "Which editor a code would sign in",
    params: UserCode,
    response: EditorName.extend({ from: z.string(), expiresAt: Timestamp }),
  },
  approveSignIn: {
    method: "POST",
    path: "/api/sign-ins/:code/approve",
    role: "viewer",
    summary: "Sign the editor in as you",
    params: UserCode,
  },
  declineSignIn: {
    method: "POST",
    path: "/api/sign-ins/:code/decline",
    role: "viewer",
    summary: "Decline a sign-in",
    params: UserCode,
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
