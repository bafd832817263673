import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/** Where people reach this relay. */
export interface Site {
  /** Without a slash at its end. */
  readonly publicUrl: string;
  readonly isSecure: boolean;
  isOwnOrigin(origin: string): boolean;
  /**
   * Whether a request was sent to a name of this relay. A page of somebody else can point its own name at this
   * machine (DNS rebinding); it cannot change the name that the browser then sends. Ports do not matter, and neither do
   * numeric addresses, which are nobody's to point elsewhere.
   */
  isOwnHost(request: IncomingMessage): boolean;
  /** The address of the client, through as many trusted proxies as there are. */
  addressOf(request: IncomingMessage): string;
}

/**
 * @param publicUrl as configured; absent: the loopback address, under all of its names
 * @param trustedProxies how many proxies stand in front and add to `X-Forwarded-For`
 */
export function createSite(options: {
  publicUrl: string | undefined;
  host: string;
  port: number;
  trustedProxies: number;
}): Site {
  const { host, port, trustedProxies } = options;
  const loopback = ["127.0.0.1", "localhost", "[::1]"].map((name) => `http://${name}:${port}`);
  const own = host.includes(":") ? `http://[${host}]:${port}` : `http://${host}:${port}`;
  const publicUrl = (options.publicUrl ?? own).replace(/\/+$/, "");
  const origins = new Set(options.publicUrl ? [new URL(publicUrl).origin] : [own, ...loopback]);
  const hosts = new Set([publicUrl, own, ...loopback].map((url) => new URL(url).hostname));
  return {
    publicUrl,
    isSecure: publicUrl.startsWith("https:"),
    isOwnOrigin: (origin) => origins.has(origin),
    isOwnHost({ headers }) {
      const isOwn = (name: string) => hosts.has(name) || isIP(name.replace(/^\[|\]$/g, "")) !== 0;
      const name = hostNameOf(headers.host);
      if (trustedProxies === 0) return name !== undefined && isOwn(name);
      // A proxy may send the name by which it knows us, but not one that somebody else could own: a page can add an
      // `X-Forwarded-Host` of its own, which some proxies pass on, and cannot change the name in `Host`.
      if (name === undefined || !(isOwn(name) || isPrivateName(name))) return false;
      const forwarded = [headers["x-forwarded-host"]].flat().at(-1)?.split(",").at(-1);
      const said = forwarded === undefined ? name : hostNameOf(forwarded.trim());
      return said !== undefined && (isOwn(said) || forwarded === undefined);
    },
    addressOf(request) {
      const direct = request.socket.remoteAddress ?? "unknown";
      if (trustedProxies === 0) return direct;
      const header = request.headers["x-forwarded-for"];
      const hops = (Array.isArray(header) ? header.join(",") : (header ?? "")).split(",").map((hop) => hop.trim());
      // The last entry was added by the proxy next to us, the one before by the proxy in front of that.
      return hops.at(-trustedProxies) || direct;
    },
  };
}

/** Names inside one network, which nobody can register: without a dot, or below a reserved domain (RFC 6761, RFC 6762). */
const isPrivateName = (name: string): boolean => !name.includes(".") || /\.(internal|local|localhost)$/.test(name);

/** The name in a `Host` header (RFC 9110, section 7.2), as a URL would have it; undefined where it is none. */
function hostNameOf(host: string | undefined): string | undefined {
  const url = `http://${host}`;
  return host !== undefined && /^[^/?#@\\]+$/.test(host) && URL.canParse(url) ? new URL(url).hostname : undefined;
}
