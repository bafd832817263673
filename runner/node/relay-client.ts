import { createFetch } from "#runner/node/http-fetch";
import type { NetworkSettings } from "#runner/node/network";
import { relaySocket } from "#runner/node/relay-socket";
import { type Client, createClient } from "#sdk/client";

/**
 * The SDK's client for this machine: with the proxies and certificates of the environment, and a bearer token.
 * @param network what a host knows beside the environment, as of each request and each socket
 */
export const relayClient = (baseUrl: string, token: string, network: () => NetworkSettings = () => ({})): Client =>
  createClient({ baseUrl, token, fetch: createFetch(network), WebSocket: relaySocket(network) });
