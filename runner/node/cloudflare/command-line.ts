/** What a tunnel leads to, and how it is named. */
export interface TunnelTarget {
  readonly port: number;
  /** What the server is told as its own name; absent: the public one. */
  readonly hostHeader?: string;
  /** The public name of a tunnel of the user's own; absent: a quick tunnel, whose name Cloudflare makes. */
  readonly hostname?: string;
}

/** Seconds that requests under way have when it ends. */
const graceSeconds = 1;

/**
 * The arguments of cloudflared. A tunnel of the user's own takes its token from the environment (`TUNNEL_TOKEN`), where
 * other users of this machine do not see it.
 * @param configFile stands in for the user's own configuration, with which there are no quick tunnels
 */
export function tunnelArguments({ port, hostHeader, hostname }: TunnelTarget, configFile: string): string[] {
  return [
    "tunnel",
    `--config=${configFile}`,
    "--no-autoupdate",
    "--loglevel=info",
    `--grace-period=${graceSeconds}s`,
    "--metrics=127.0.0.1:0",
    // Dev servers listen on either of the two loopback addresses.
    `--url=http://localhost:${port}`,
    ...(hostHeader === undefined ? [] : [`--http-host-header=${hostHeader}`]),
    ...(hostname === undefined ? [] : ["run"]),
  ];
}

/** The environment of cloudflared: settings that were made for another tunnel (`TUNNEL_…`) are not for this one. */
export function tunnelEnvironment(
  base: Readonly<Record<string, string | undefined>>,
  token: string | undefined,
): Record<string, string> {
  const kept = Object.entries(base).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^TUNNEL_/i.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), ...(token !== undefined && { TUNNEL_TOKEN: token }) };
}
