import type { Request } from "express";
import type { Endpoint } from "#protocol/api";
import { BatonError } from "#protocol/errors";
import { roleAllows } from "#protocol/roles";
import { sameSecret } from "#relay/domain/secrets";
import type { Caller, HttpDeps } from "#relay/http/call";
import { readSessionCookies } from "#relay/http/cookies";

/**
 * Decides who calls and whether they may: the one place for every endpoint. What it needs stands in the endpoint's
 * own row.
 * @throws BatonError `not_signed_in`, `session_expired`, `role_required`, `scope_required`, `origin_refused`
 */
export async function authenticate(deps: HttpDeps, endpoint: Endpoint, request: Request): Promise<Caller> {
  checkOrigin(deps, request);
  if (endpoint.role === "public") return { kind: "anybody" };
  const bearer = bearerOf(request);
  if (endpoint.role === "server") {
    if (bearer === undefined || !sameSecret(bearer, deps.serverToken)) throw new BatonError("not_signed_in");
    return { kind: "server" };
  }
  const caller = bearer === undefined ? await bySession(deps, request) : byToken(deps, endpoint, bearer);
  const { role } = caller.member;
  if (!roleAllows(role, endpoint.role)) throw new BatonError("role_required", { required: endpoint.role, role });
  return caller;
}

type MemberCaller = Extract<Caller, { kind: "member" }>;

async function bySession({ domain, site }: HttpDeps, request: Request): Promise<MemberCaller> {
  const { access, refresh } = readSessionCookies(request, site);
  if (access === undefined) throw new BatonError(refresh === undefined ? "not_signed_in" : "session_expired");
  const holder = await domain.sessions.check(access);
  const member = holder && domain.members.find(holder.memberId);
  if (!holder || !member) throw new BatonError("session_expired");
  domain.members.touchDevice(holder.deviceId);
  return { kind: "member", member, deviceId: holder.deviceId };
}

function byToken({ domain }: HttpDeps, endpoint: Endpoint, bearer: string): MemberCaller {
  const token = domain.tokens.check(bearer);
  const member = token && domain.members.find(token.memberId);
  if (!token || !member) throw new BatonError("not_signed_in");
  if (endpoint.scope === undefined) throw new BatonError("scope_required", { required: "a person, signed in" });
  if (!token.scopes.includes(endpoint.scope)) throw new BatonError("scope_required", { required: endpoint.scope });
  return { kind: "member", member, token };
}

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * A page of another site can send requests with our cookies where a browser lets it; it cannot hide where it comes
 * from. Browsers send `Origin` with every unsafe request, so cookies without it do not come from a page of ours.
 */
function checkOrigin({ site }: HttpDeps, request: Request): void {
  if (safeMethods.has(request.method)) return;
  const { origin } = request.headers;
  const hasCookies = Object.keys(readSessionCookies(request, site)).length > 0;
  if (origin === undefined ? !hasCookies : site.isOwnOrigin(origin)) return;
  throw new BatonError("origin_refused", { origin: origin ?? "nowhere", expected: site.publicUrl });
}

function bearerOf(request: Request): string | undefined {
  const match = /^Bearer +([^ ]{1,400})$/i.exec(request.headers.authorization ?? "");
  return match?.[1];
}
