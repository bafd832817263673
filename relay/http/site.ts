import type { IncomingMessage } from "node:http";

/** Where people reach this relay. */
export interface Site {
  /** Without a slash at its end. */
  readonly publicUrl: string;
  readonly isSecure: boolean;
  isOwnOrigin(origin: string): boolean;
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
  return {
    publicUrl,
    isSecure: publicUrl.startsWith("https:"),
    isOwnOrigin: (origin) => origins.has(origin),
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
