import * as z from "zod";
import { maxPageSize, maxPromptExpiryMs } from "#protocol/caps";
import {
  Access,
  AccessToken,
  AgentId,
  AuditEntry,
  Device,
  Invitation,
  JoinToken,
  Label,
  Member,
  Name,
  Prompt,
  PromptBody,
  PromptTarget,
  PromptText,
  PublicKey,
  Run,
  RunMode,
  Runner,
  RunnerBody,
  RunStatus,
  TokenScope,
} from "#protocol/documents";
import {
  DeviceId,
  InvitationId,
  MemberId,
  PairingId,
  PromptId,
  RelayId,
  RunId,
  RunnerId,
  ThreadId,
  TokenId,
} from "#protocol/ids";
import { Role, type Role as RoleName } from "#protocol/roles";

/**
 * The REST interface: one row an endpoint. The relay builds its router, its role check and its OpenAPI document from
 * this table, and the SDK its typed calls, so none of them can disagree.
 *
 * `role` is what a member needs; `scope` what a bearer token needs besides (absent: tokens are refused); `public`
 * needs neither, `server` is for the person on the relay's own machine (a token in the data folder, 0600).
 */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly role: RoleName | "public" | "server";
  readonly scope?: z.infer<typeof TokenScope>;
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly response?: z.ZodType;
  /** A response that is no JSON: its media type. */
  readonly media?: string;
}

const Timestamp = z.number();
const durationMs = (max: number) => z.int().min(60_000).max(max);
const dayMs = 24 * 60 * 60 * 1000;
const one = <S extends z.ZodType>(id: S) => z.object({ id });
const Link = z.object({
  url: z.string().describe("opens once; the secret stands behind `#`, which browsers never send"),
  expiresAt: Timestamp,
});
const SignedIn = z.object({ member: Member, relay: z.object({ id: RelayId, name: z.string(), version: z.string() }) });
const cursorPage = {
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(maxPageSize).default(50),
};

export const NewPrompt = z.object({
  target: PromptTarget,
  agent: AgentId,
  mode: RunMode.default("once"),
  access: Access.default("edit"),
  afterRunId: RunId.optional(),
  threadId: ThreadId.optional(),
  expiresInMs: z.int().min(1_000).max(maxPromptExpiryMs).optional(),
  signature: z.string().max(4_096).optional(),
  body: PromptBody,
});
export type NewPrompt = z.input<typeof NewPrompt>;

export const PromptChange = z.object({
  rev: z.int().describe("of the prompt as it was seen; another one answers revision_conflict"),
  text: PromptText.optional(),
  agent: AgentId.optional(),
  mode: RunMode.optional(),
  access: Access.optional(),
  target: PromptTarget.optional(),
  before: z
    .union([PromptId, z.literal("last")])
    .optional()
    .describe("moves it in front of this one"),
});

export const endpoints = {
  // ── Signing in
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
  signOut: { method: "DELETE", path: "/api/session", role: "viewer", summary: "Sign this device out" },
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

  // ── People
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

  // ── Runners
  startPairing: {
    method: "POST",
    path: "/api/pairings",
    role: "public",
    summary: "Begin pairing a runner (RFC 8628)",
    body: z.object({ runnerId: RunnerId, publicKey: PublicKey, body: RunnerBody }),
    response: z.object({
      deviceCode: z.string(),
      userCode: z.string(),
      verificationUrl: z.string(),
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
    response: z.object({ deviceId: DeviceId, memberId: MemberId, relayId: RelayId, team: z.string() }),
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
    response: z.object({ deviceId: DeviceId, memberId: MemberId, relayId: RelayId, team: z.string() }),
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
      labels: z.array(Label).max(16).default([]),
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
  listRunners: {
    method: "GET",
    path: "/api/runners",
    role: "viewer",
    scope: "read",
    summary: "All runners",
    response: z.object({ runners: z.array(Runner) }),
  },
  changeRunner: {
    method: "PATCH",
    path: "/api/runners/:id",
    role: "prompter",
    summary: "Change a runner: its own member or an owner",
    params: one(RunnerId),
    body: z.object({
      name: Name.optional(),
      labels: z.array(Label).max(16).optional(),
      concurrency: z.int().min(1).max(64).optional(),
      promptedBy: Runner.shape.promptedBy.optional().describe("only its own member"),
    }),
    response: Runner,
  },
  checkRunner: {
    method: "POST",
    path: "/api/runners/:id/check",
    role: "viewer",
    scope: "read",
    summary: "Ask a runner for its report now",
    params: one(RunnerId),
    response: Runner,
  },
  revokeRunner: {
    method: "DELETE",
    path: "/api/runners/:id",
    role: "owner",
    summary: "Revoke a runner; its socket closes",
    params: one(RunnerId),
  },

  // ── Prompts
  queuePrompt: {
    method: "POST",
    path: "/api/prompts",
    role: "prompter",
    scope: "prompt",
    summary: "Queue a prompt (header `Idempotency-Key`)",
    body: NewPrompt,
    response: Prompt,
  },
  listPrompts: {
    method: "GET",
    path: "/api/prompts",
    role: "viewer",
    scope: "read",
    summary: "Open prompts in order; or ended ones, newest first",
    query: z.object({
      ...cursorPage,
      state: z
        .enum(["open", "ended", "never-started"])
        .default("open")
        .describe("never-started: ended without a run; a page of ended ones may be short and still have a `next`"),
      q: z.string().max(200).optional().describe("words of ended ones"),
    }),
    response: z.object({ prompts: z.array(Prompt), next: z.string().optional() }),
  },
  readPrompt: {
    method: "GET",
    path: "/api/prompts/:id",
    role: "viewer",
    scope: "read",
    summary: "One prompt",
    params: one(PromptId),
    response: Prompt,
  },
  changePrompt: {
    method: "PATCH",
    path: "/api/prompts/:id",
    role: "prompter",
    scope: "prompt",
    summary: "Edit or move a queued prompt",
    params: one(PromptId),
    body: PromptChange,
    response: Prompt,
  },
  cancelPrompt: {
    method: "DELETE",
    path: "/api/prompts/:id",
    role: "prompter",
    scope: "prompt",
    summary: "Cancel a prompt that has not started",
    params: one(PromptId),
    response: Prompt,
  },
  restartPrompt: {
    method: "POST",
    path: "/api/prompts/:id/restart",
    role: "prompter",
    scope: "prompt",
    summary: "Start an `unknown` prompt again, knowing that it may have run",
    params: one(PromptId),
    response: Prompt,
  },
  forgetPrompt: {
    method: "POST",
    path: "/api/prompts/:id/forget",
    role: "prompter",
    scope: "prompt",
    summary: "Give an `unknown` prompt up",
    params: one(PromptId),
    response: Prompt,
  },

  // ── Runs
  listRuns: {
    method: "GET",
    path: "/api/runs",
    role: "viewer",
    scope: "read",
    summary: "Runs, newest first",
    query: z.object({
      ...cursorPage,
      q: z.string().max(200).optional(),
      status: RunStatus.optional(),
      runnerId: RunnerId.optional(),
      threadId: ThreadId.optional(),
    }),
    response: z.object({ runs: z.array(Run), next: z.string().optional() }),
  },
  readRun: {
    method: "GET",
    path: "/api/runs/:id",
    role: "viewer",
    scope: "read",
    summary: "One run",
    params: one(RunId),
    response: Run,
  },
  cancelRun: {
    method: "POST",
    path: "/api/runs/:id/cancel",
    role: "prompter",
    scope: "prompt",
    summary: "Cancel a run: your own, or as an approver any",
    params: one(RunId),
  },
  streamRun: {
    method: "GET",
    path: "/api/runs/:id/stream",
    role: "viewer",
    scope: "read",
    media: "text/event-stream",
    params: one(RunId),
    summary: "Server-sent events `status`, `log`, `done`; ids are `seq.rev`, `Last-Event-ID` resumes",
  },
  readCast: {
    method: "GET",
    path: "/api/runs/:id/cast",
    role: "viewer",
    scope: "read",
    media: "application/x-asciicast",
    params: one(RunId),
    summary: "The terminal as asciicast v3",
  },
  readLog: {
    method: "GET",
    path: "/api/runs/:id/log",
    role: "viewer",
    scope: "read",
    media: "application/octet-stream",
    params: one(RunId),
    summary: "The raw terminal output",
  },

  // ── The relay itself
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
  serverJoinToken: {
    method: "POST",
    path: "/api/server/join-tokens",
    role: "server",
    summary: "A join token, from the server's own machine",
    body: z.object({
      uses: z.int().min(1).default(1),
      expiresInMs: durationMs(366 * dayMs).default(dayMs),
      labels: z.array(Label).default([]),
    }),
    response: z.object({ secret: z.string(), expiresAt: Timestamp }),
  },
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof endpoints;
type Part<N extends EndpointName, P extends string> = (typeof endpoints)[N] extends {
  readonly [K in P]: infer S extends z.ZodType;
}
  ? S
  : undefined;
type Input<S> = S extends z.ZodType ? z.input<S> : undefined;
type Output<S> = S extends z.ZodType ? z.output<S> : undefined;
type PartsOf<N extends EndpointName> = {
  [P in "params" | "query" | "body" as Part<N, P> extends z.ZodType ? P : never]: Input<Part<N, P>>;
};
/** What a client sends to an endpoint. A query in which nothing is needed can be left out. */
export type RequestOf<N extends EndpointName> =
  PartsOf<N> extends { readonly query: infer Query }
    ? Record<never, never> extends Query
      ? Omit<PartsOf<N>, "query"> & { readonly query?: Query }
      : PartsOf<N>
    : PartsOf<N>;
/** What the relay's handler gets, parsed. */
export type ParsedRequestOf<N extends EndpointName> = {
  [P in "params" | "query" | "body" as Part<N, P> extends z.ZodType ? P : never]: Output<Part<N, P>>;
};
/** What an endpoint answers; undefined for an empty answer (204). */
export type ResponseOf<N extends EndpointName> = Output<Part<N, "response">>;

/** RFC 9457. `code` and `params` are the stable part; `title` is the text of the table. */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  requestId: z.string(),
});
export type Problem = z.infer<typeof Problem>;
