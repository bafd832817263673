import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** What the relay has to know of a preview to speak for its server. */
export interface PreviewAddress {
  /** Without a slash at its end. */
  readonly origin: string;
  /** Of the server, on the runner's machine. */
  readonly port: number;
  /** The names of the cookies that let a browser in. */
  readonly cookies: readonly string[];
  /** Who may show the preview in a page of theirs (CSP3, section 6.4.2). */
  readonly frameAncestors: string;
}

/** Of one connection (RFC 9110, section 7.6.1), or between a proxy and whoever is next to it. */
const hops = [
  ...["connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer"],
  ...["transfer-encoding", "upgrade", "http2-settings", "expect"],
];
/** What names the relay where the page's own server asks. */
const ofProxies = [
  ...["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"],
  ...["x-real-ip", "via", "true-client-ip", "cf-connecting-ip"],
];
const neverSent = new Set([...hops, ...ofProxies, "host"]);
/**
 * `Service-Worker-Allowed` and reports to servers of the page's choice would reach beyond what was asked for, and
 * `Clear-Site-Data` beyond the preview's host: it takes the cookies of the whole domain, the relay's too.
 */
const neverShown = new Set([
  ...hops,
  ...["service-worker-allowed", "clear-site-data", "report-to", "reporting-endpoints", "nel"],
  "alt-svc",
  "strict-transport-security",
  "x-frame-options",
]);

/**
 * What goes to a dev server of a browser's headers: as a browser of that machine would say it, so that the server needs
 * no configuration. In place of the preview's origin stands that of the dev server.
 */
export function headersForServer(
  headers: IncomingHttpHeaders,
  { origin, port, cookies: grants }: PreviewAddress,
): OutgoingHttpHeaders {
  const local = `http://localhost:${port}`;
  const sent: OutgoingHttpHeaders = { host: `localhost:${port}` };
  const named = namedHops(headers.connection);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || neverSent.has(name) || named.has(name)) continue;
    sent[name] = value;
  }
  if (headers.origin === origin) sent.origin = local;
  if (headers.referer?.startsWith(`${origin}/`)) sent.referer = local + headers.referer.slice(origin.length);
  const cookie = withoutGrants(headers.cookie, grants);
  if (cookie) sent.cookie = cookie;
  else delete sent.cookie;
  return sent;
}

/** What goes to a browser of a dev server's headers. */
export function headersForBrowser(
  headers: IncomingHttpHeaders,
  { origin, port, cookies: grants, frameAncestors }: PreviewAddress,
): OutgoingHttpHeaders {
  const shown: OutgoingHttpHeaders = {};
  const named = namedHops(headers.connection);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || neverShown.has(name) || named.has(name)) continue;
    shown[name] = value;
  }
  if (headers.location !== undefined) shown.location = onOrigin(headers.location, origin, port);
  const cookies = headers["set-cookie"]?.flatMap((cookie) => ownCookie(cookie, grants));
  if (cookies && cookies.length > 0) shown["set-cookie"] = cookies;
  else delete shown["set-cookie"];
  // Where it may be framed is decided by who lets people in, not by a server that knows of no dashboard.
  const policies = [headers["content-security-policy"] ?? []].flat().map(withoutAncestors).filter(Boolean);
  shown["content-security-policy"] = [...policies, `frame-ancestors ${frameAncestors}`].join(", ");
  return shown;
}

const namedHops = (connection = "") => new Set(connection.split(",").map((name) => name.trim().toLowerCase()));

const withoutGrants = (cookie: string | undefined, grants: readonly string[]): string =>
  (cookie ?? "")
    .split(";")
    .filter((pair) => !grants.includes(pair.split("=", 1)[0]?.trim() ?? ""))
    .join(";")
    .trim();

/** A cookie of a preview is the preview's own host's alone, and never one that lets it be seen. */
function ownCookie(cookie: string, grants: readonly string[]): string[] {
  const [pair = "", ...attributes] = cookie.split(";");
  const name = pair.split("=", 1)[0]?.trim().toLowerCase();
  if (grants.some((grant) => grant.toLowerCase() === name)) return [];
  return [[pair, ...attributes.filter((attribute) => !/^\s*domain\s*=/i.test(attribute))].join(";")];
}

const withoutAncestors = (policy: string): string =>
  policy
    .split(";")
    .filter((directive) => !/^\s*frame-ancestors(\s|$)/i.test(directive))
    .join(";")
    .trim();

/** A redirect to the dev server's own address leads to the preview. */
function onOrigin(location: string, origin: string, port: number): string {
  const own = new RegExp(`^https?://(localhost|127\\.0\\.0\\.1|\\[::1\\]):${port}(?=[/?#]|$)`, "i");
  return location.replace(own, origin);
}
