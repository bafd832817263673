/** What a line of cloudflared's log means for whoever waits for its tunnel. */
export type OutputEvent =
  /** The address of a quick tunnel. */
  | { readonly type: "url"; readonly url: string }
  /** Where it says how it is: `/ready`. */
  | { readonly type: "metrics"; readonly address: string }
  | { readonly type: "connected"; readonly index: number }
  | { readonly type: "disconnected"; readonly index: number }
  /** Where a named tunnel leads, as its owner has set it up at Cloudflare. */
  | { readonly type: "routes"; readonly routes: readonly Route[] }
  /** Too many quick tunnels were asked for. */
  | { readonly type: "rate-limited" }
  /** Trying again changes nothing: the token is wrong, or the tunnel is gone. */
  | { readonly type: "refused"; readonly reason: string }
  /** Why it will end, as far as it says so. */
  | { readonly type: "error"; readonly reason: string };

export interface Route {
  readonly hostname: string;
  readonly service: string;
}

interface Row {
  readonly pattern: RegExp;
  readonly event: (groups: readonly string[], line: string) => OutputEvent | undefined;
}

const rows: readonly Row[] = [
  {
    // Also printed outside of the box; `api` is whom it asks for a tunnel, and is no tunnel.
    pattern: /(https:\/\/(?!api\.)[a-z0-9-]+\.trycloudflare\.com)(?![\w./-])/,
    event: ([url = ""]) => ({ type: "url", url }),
  },
  {
    pattern: /Starting metrics server on (\S+?)\/metrics/,
    event: ([address = ""]) => ({ type: "metrics", address }),
  },
  {
    pattern: /Registered tunnel connection .*?connIndex=(\d+)/,
    event: ([index]) => ({ type: "connected", index: Number(index) }),
  },
  {
    // As versions before 2022.9 say it.
    pattern: /Connection [0-9a-f-]{36} registered .*?connIndex=(\d+)/,
    event: ([index]) => ({ type: "connected", index: Number(index) }),
  },
  {
    pattern: /(?:Unregistered tunnel connection|Lost connection with the edge|Connection terminated).*?connIndex=(\d+)/,
    event: ([index]) => ({ type: "disconnected", index: Number(index) }),
  },
  {
    pattern: /Updated to new configuration config="(.*)" version=\d+/,
    event: ([config = ""]) => routesOf(config),
  },
  { pattern: /429 Too Many Requests|error code: 1015/, event: () => ({ type: "rate-limited" }) },
  {
    pattern:
      /(Provided Tunnel token is not valid|Unauthorized: [^"]+|Tunnel not found|tunnel credentials file .* doesn't exist)/i,
    event: ([reason = ""]) => ({ type: "refused", reason: shortened(reason) }),
  },
  {
    // The last words of one that gives up have no time and no level; `ERR` is of one that tries on.
    pattern: /^(failed to [^:]+(?: quick Tunnel)?:? .*|flag provided but not defined: .*|Incorrect Usage: .*)$/,
    event: ([reason = ""]) => ({ type: "error", reason: shortened(reason) }),
  },
  {
    pattern: /^\S+ (?:ERR|FTL) (.*)$/,
    event: ([reason = ""]) => ({ type: "error", reason: shortened(reason) }),
  },
];

/**
 * Reads one line of cloudflared's log, which it writes to stderr. What says nothing about the tunnel is undefined.
 * @param line without its line feed and without control characters
 */
export function readOutput(line: string): OutputEvent | undefined {
  if (aboutRequest.test(line)) return undefined;
  for (const { pattern, event } of rows) {
    const [, ...groups] = pattern.exec(line) ?? [];
    if (groups.length > 0 || pattern.test(line)) return event(groups, line);
  }
  return undefined;
}

/** What has gone wrong with one request quotes whoever sent it, and the page's server: they have no say in the tunnel. */
const aboutRequest = /\b(?:originService|dest)=/;

const maxReasonLength = 300;
const shortened = (text: string): string => {
  const plain = text.trim().replace(/\.$/, "");
  return plain.length > maxReasonLength ? `${plain.slice(0, maxReasonLength)}…` : plain;
};

/** The value is quoted as Go does it, which is JSON's way for what stands in such a configuration. */
function routesOf(quoted: string): OutputEvent | undefined {
  try {
    const config: unknown = JSON.parse(JSON.parse(`"${quoted}"`) as string);
    const { ingress } = config as { ingress?: readonly Partial<Route>[] };
    const routes = (ingress ?? []).flatMap(({ hostname, service }) =>
      typeof hostname === "string" && typeof service === "string" ? [{ hostname, service }] : [],
    );
    return { type: "routes", routes };
  } catch {
    return undefined;
  }
}
