import { maxPagePathLength } from "#protocol/caps";

/** What somebody typed into the address bar: a place of the preview, or why it is none. */
export type TypedAddress = { readonly path: string } | { readonly problem: string };

/**
 * @param origin of the preview
 * @param port of its server, whose own address means the same
 */
export function readAddress(
  typed: string,
  { origin, port }: { readonly origin: string; readonly port: number },
): TypedAddress {
  const text = typed.trim();
  const isWhole = /^[a-z][a-z0-9+.-]*:/i.test(text) || text.startsWith("//");
  const own = new URL(origin);
  const at = isWhole ? text : `${origin}/${text.replace(/^\/+/, "")}`;
  if (!URL.canParse(at, origin)) return { problem: "This is no address. Type a path, such as /about." };
  const { host, hostname, protocol, port: typedPort, pathname, search, hash } = new URL(at, origin);
  const isServer = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname) && typedPort === String(port);
  const isOwn = (protocol === own.protocol && host === own.host) || (/^https?:$/.test(protocol) && isServer);
  if (!isOwn)
    return { problem: "Only pages of this preview are shown here. Open other addresses in a tab of their own." };
  const path = pathname + search + hash;
  return path.length > maxPagePathLength ? { problem: "This address is too long." } : { path };
}
