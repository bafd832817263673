import type { IncomingMessage } from "node:http";

/**
 * Where previews are: each on a host name of its own, so that no page of one reads what belongs to another or to the
 * dashboard. In development that is `<label>.localhost`, which browsers take for this computer.
 */
export interface PreviewSite {
  /** The origin of a preview, without a slash at its end. */
  originOf(label: string): string;
  /**
   * Whether browsers keep a cookie of a preview that stands in another page: with https, and at this computer's own
   * names.
   */
  readonly isSecure: boolean;
  /** Whether the names lead nowhere but to the computer that uses them. */
  readonly isLoopback: boolean;
  /** The cookie that lets a browser in. Its prefix keeps other hosts of the domain from setting it. */
  readonly cookie: string;
  /** The same of a guest, so that a link takes nothing from a member who tries it. */
  readonly guestCookie: string;
  /** Of the pages of the dashboard. */
  readonly dashboards: readonly string[];
  /** All origins of previews, and those of the pages that may show one, as a content security policy names them. */
  readonly anyOrigin: string;
  readonly frameAncestors: string;
  /** The label that a request is for; undefined where it is for no preview. */
  labelOf(request: IncomingMessage): string | undefined;
}

/** The editor's own pages, on the desktop and in a browser. */
const editorPages = ["vscode-webview:", "https://*.vscode-cdn.net"];

/**
 * @param publicUrl of the relay
 * @param domain below which all names lead to the relay; absent: none, except at this computer's own address
 * @returns undefined where previews have no names
 */
export function createPreviewSite(
  { publicUrl, port }: { readonly publicUrl: string; readonly port: number },
  domain: string | undefined,
): PreviewSite | undefined {
  const { protocol, hostname, origin, port: publicPort } = new URL(publicUrl);
  const isDevelopment = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname);
  const below = domain ?? (isDevelopment ? "localhost" : undefined);
  if (below === undefined) return undefined;
  const isSecure = protocol === "https:" || below === "localhost";
  const shownPort = domain === undefined ? `:${port}` : publicPort && `:${publicPort}`;
  const host = new RegExp(`^([a-z2-7]{26})\\.${below.replaceAll(".", "\\.")}(:\\d+)?$`, "i");
  const dashboards = isDevelopment
    ? ["127.0.0.1", "localhost", "[::1]"].map((name) => `${protocol}//${name}:${port}`)
    : [origin];
  return {
    originOf: (label) => `${protocol}//${label}.${below}${shownPort}`,
    isSecure,
    isLoopback: domain === undefined,
    cookie: isSecure ? "__Host-baton-preview" : "baton-preview",
    guestCookie: isSecure ? "__Host-baton-guest" : "baton-guest",
    dashboards,
    anyOrigin: `${protocol}//*.${below}${shownPort}`,
    // A policy has no way to name an address of IPv6 (CSP3, section 2.3.1), and browsers complain of one with each page.
    frameAncestors: ["'self'", ...dashboards.filter((one) => !one.includes("[")), ...editorPages].join(" "),
    labelOf: ({ headers }) => host.exec(headers.host ?? "")?.[1]?.toLowerCase(),
  };
}
