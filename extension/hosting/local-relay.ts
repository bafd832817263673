import { join } from "node:path";
import * as z from "zod";
import type { Account } from "#extension/accounts/account";
import type { Pairing } from "#extension/connect/pairing-store";
import type { RunnerBody } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { RunnerId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import { pairByToken } from "#runner/core/pairing";
import { readIfThere } from "#runner/keeper/files";
import { isAlive } from "#runner/keeper/is-alive";
import { makeDeviceKey, publicKeyOf } from "#runner/node/device-key";
import { nodeFetch } from "#runner/node/http-fetch";
import { type Client, createClient } from "#sdk/client";

/** How a relay on this machine can be reached, as it wrote it down itself, for its own user only. */
const ServerFile = z.looseObject({ url: z.url(), pid: z.int().positive(), token: z.string() });

/** A relay that runs on this machine for this user. Whoever can read its data folder needs no code. */
export interface LocalRelay {
  readonly pid: number;
  /** Where people reach it, without a slash at its end. */
  readonly address: string;
  /** Where this computer's folders reach it: a quick tunnel has another name tomorrow. */
  readonly own: string;
  /** A one-time link that signs a browser in as the relay's first owner. */
  link(): Promise<{ readonly url: string; readonly expiresAt: number }>;
  /** Whether a one-time link was neither used nor has expired. */
  isLinkGood(url: string): Promise<boolean>;
  /** Pairs a folder with a new key, also where it was paired before. */
  pair(runnerId: RunnerId, body: RunnerBody): Promise<Pairing>;
  /** Signs this editor in as the relay's first owner. @param name what the editor is called */
  signIn(name: string, runnerId: RunnerId): Promise<Account>;
}

/**
 * The relay that serves from a data folder.
 * @returns undefined where none runs, or it does not answer
 */
export async function findLocalRelay(dataFolder: string): Promise<LocalRelay | undefined> {
  const server = readServerFile(dataFolder);
  if (!server || !isAlive(server.pid)) return undefined;
  const client = createClient({ baseUrl: server.url, token: server.token, fetch: nodeFetch });
  try {
    const { owner, address } = await client.call("serverOwner");
    return localRelay(client, server, owner, address);
  } catch (error) {
    // It is starting, or stopping, or the file is of one that is gone.
    if (error instanceof BatonError) return undefined;
    throw error;
  }
}

function localRelay(
  client: Client,
  { pid, url }: Pick<z.infer<typeof ServerFile>, "pid" | "url">,
  owner: string,
  address: string,
): LocalRelay {
  const relay = isQuickTunnel(address) ? url.replace(/\/$/, "") : address;
  return {
    pid,
    address,
    own: relay,
    link: () => client.call("serverLink", { body: { name: owner } }),
    async isLinkGood(url) {
      const [, secret = ""] = url.split("#link=");
      try {
        await client.call("peekLink", { body: { secret } });
        return true;
      } catch (error) {
        // A relay that is away for a moment says nothing about its links.
        return !(error instanceof BatonError && error.code === "link_invalid");
      }
    },
    async pair(runnerId, body) {
      const { secret } = await client.call("serverJoinToken", { body: { expiresInMs: joinTokenMs, mayReplace: true } });
      const key = makeDeviceKey();
      const device = await pairByToken(client, { runnerId, publicKey: publicKeyOf(key), body }, secret);
      const { deviceId, memberId, relayId, team } = device;
      return { v: 1, relay, key, deviceId, memberId, relayId, team };
    },
    async signIn(name, runnerId) {
      const signedIn = await client.call("serverSignIn", { body: { name } });
      return { v: 1, relay, ...signedIn, runnerIds: [runnerId] };
    },
  };
}

const isQuickTunnel = (address: string): boolean => new URL(address).hostname.endsWith(".trycloudflare.com");

const joinTokenMs = 60_000;

function readServerFile(dataFolder: string): z.infer<typeof ServerFile> | undefined {
  const text = readIfThere(join(dataFolder, "server.json"));
  if (text === undefined) return undefined;
  try {
    return parseMessage(ServerFile, text);
  } catch {
    return undefined;
  }
}
