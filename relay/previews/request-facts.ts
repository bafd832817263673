import type { IncomingMessage } from "node:http";

/** Whether anything comes behind the headers (RFC 9112, section 6.3). */
export const hasBody = ({ headers }: Pick<IncomingMessage, "headers">): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/** A client may name the whole address (RFC 9112, section 3.2.2); its host is not asked for twice. */
export function pathOf({ url = "/" }: Pick<IncomingMessage, "url">): string {
  if (url.startsWith("/") || url === "*" || !URL.canParse(url)) return url;
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/**
 * Whether a page of somebody else sent it. A browser keeps the cookie of a preview for everything that stands in one
 * window, other previews too; such a page may lead the browser here, and nothing more.
 * @param own the origin that was asked
 */
export function isOfAnotherPage({ method = "GET", headers }: IncomingMessage, own: string): boolean {
  const { origin, "sec-fetch-site": site, "sec-fetch-mode": mode } = headers;
  // Browsers do not say it on plain http.
  if (site === undefined) return origin !== undefined && origin !== "null" && origin !== own;
  const isLedHere = mode === "navigate" && (method === "GET" || method === "HEAD");
  return site !== "same-origin" && site !== "none" && !isLedHere;
}
