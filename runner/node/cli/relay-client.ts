import WebSocket from "ws";
import { maxControlBytes, maxFrameBytes } from "#protocol/caps";
import { createFetch } from "#runner/node/http-fetch";
import { type NetworkSettings, proxyAgent, trustOptions } from "#runner/node/network";
import { type Client, createClient, type SocketClass } from "#sdk/client";

/**
 * The SDK's client for this machine: with the proxies and certificates of the environment, and a bearer token.
 * @param network what a host knows beside the environment
 */
export async function relayClient(baseUrl: string, token: string, network: NetworkSettings = {}): Promise<Client> {
  const agent = await proxyAgent(network);
  const trust = baseUrl.startsWith("https:") && !agent ? trustOptions(network) : {};
  const fetchThrough = createFetch(() => network);
  class RelaySocket extends WebSocket {
    constructor(url: string) {
      super(url, {
        perMessageDeflate: false,
        maxPayload: Math.max(maxFrameBytes, maxControlBytes),
        ...(agent && { agent }),
        ...trust,
      });
    }
  }
  return createClient({ baseUrl, token, fetch: fetchThrough, WebSocket: RelaySocket as unknown as SocketClass });
}
