import WebSocket from "ws";
import { maxControlBytes, maxFrameBytes } from "#protocol/caps";
import { nodeFetch } from "#runner/node/http-fetch";
import { proxyAgent, trustedCertificates } from "#runner/node/network";
import { type Client, createClient, type SocketClass } from "#sdk/client";

/** The SDK's client for this machine: with the proxies and certificates of the environment, and a bearer token. */
export async function relayClient(baseUrl: string, token: string): Promise<Client> {
  const agent = await proxyAgent();
  const ca = baseUrl.startsWith("https:") && !agent ? trustedCertificates() : undefined;
  class RelaySocket extends WebSocket {
    constructor(url: string) {
      super(url, {
        perMessageDeflate: false,
        maxPayload: Math.max(maxFrameBytes, maxControlBytes),
        ...(agent && { agent }),
        ...(ca && { ca }),
      });
    }
  }
  return createClient({ baseUrl, token, fetch: nodeFetch, WebSocket: RelaySocket as unknown as SocketClass });
}
