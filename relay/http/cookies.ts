import { parseCookie, stringifySetCookie } from "cookie";
import type { Request, Response } from "express";
import { accessTokenMs, refreshTokenMs } from "#relay/caps";
import type { SessionTokens } from "#relay/domain/sessions";
import type { Site } from "#relay/http/site";

/**
 * On https the names begin with `__Host-`, so that no other host of the domain can set them (RFC 6265bis, 4.1.3.2).
 * On plain http they carry the port, because cookies do not tell two servers of one host apart (RFC 6265, 8.5).
 */
export const cookieNames = ({ isSecure, publicUrl }: Pick<Site, "isSecure" | "publicUrl">) => {
  const suffix = isSecure ? "" : `-${new URL(publicUrl).port || "80"}`;
  const prefix = isSecure ? "__Host-" : "";
  return { access: `${prefix}baton-access${suffix}`, refresh: `${prefix}baton-refresh${suffix}` };
};

export function readSessionCookies(request: Request, site: Site): Partial<SessionTokens> {
  const { cookie } = request.headers;
  if (!cookie) return {};
  const cookies = parseCookie(cookie);
  const { access, refresh } = cookieNames(site);
  return {
    ...(cookies[access] && { access: cookies[access] }),
    ...(cookies[refresh] && { refresh: cookies[refresh] }),
  };
}

export function setSessionCookies(response: Response, site: Site, tokens: SessionTokens): void {
  const { access, refresh } = cookieNames(site);
  setCookie(response, site, access, tokens.access, accessTokenMs);
  setCookie(response, site, refresh, tokens.refresh, refreshTokenMs);
}

export function clearSessionCookies(response: Response, site: Site): void {
  const { access, refresh } = cookieNames(site);
  for (const name of [access, refresh]) setCookie(response, site, name, "", 0);
}

function setCookie(response: Response, site: Site, name: string, value: string, maxAgeMs: number): void {
  const cookie = stringifySetCookie({
    name,
    value,
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    secure: site.isSecure,
    maxAge: Math.floor(maxAgeMs / 1000),
  });
  response.append("Set-Cookie", cookie);
}
