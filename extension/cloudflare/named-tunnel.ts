import type { SecretStorage } from "vscode";
import * as z from "zod";
import { parseMessage } from "#protocol/json";
import type { NamedTunnel } from "#runner/node/cloudflare/source";

/** A tunnel of the user's own, as it is kept: its token lets whoever has it answer at its name. */
const Kept = z.looseObject({ v: z.literal(1), hostname: z.hostname(), token: z.string().min(1) });

const key = "baton.cloudflare";

/** The user's own Cloudflare tunnel, in the editor's SecretStorage. */
export interface NamedTunnels {
  read(): Promise<NamedTunnel | undefined>;
  write(tunnel: NamedTunnel): Promise<void>;
  remove(): Promise<void>;
}

export const createNamedTunnels = (secrets: SecretStorage): NamedTunnels => ({
  async read() {
    const text = await secrets.get(key);
    if (text === undefined) return undefined;
    try {
      const { hostname, token } = parseMessage(Kept, text);
      return { hostname, token };
    } catch {
      // Whatever it was, it is no tunnel: a quick one takes its place, until the person sets another token.
      return undefined;
    }
  },
  write: async (tunnel) => secrets.store(key, JSON.stringify({ v: 1, ...tunnel })),
  remove: async () => secrets.delete(key),
});

/** A host name without a port, as it stands in Cloudflare's dashboard. */
export const hostnameOf = (text: string): string | undefined => {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/^https:\/\//, "")
    .replace(/\/$/, "");
  return z.hostname().safeParse(name).success && name.includes(".") ? name : undefined;
};

/** The token itself, also out of the command line that Cloudflare's dashboard shows: base64 of a JSON object. */
export function tokenOf(text: string): string | undefined {
  const token = text.trim().split(/\s+/).at(-1) ?? "";
  try {
    const value: unknown = JSON.parse(Buffer.from(token, "base64").toString("utf8"));
    return /^[A-Za-z0-9+/]+={0,2}$/.test(token) && typeof value === "object" && value !== null ? token : undefined;
  } catch {
    return undefined;
  }
}
