import type { ClientRequestArgs } from "node:http";
import type { ClientOptions } from "ws";
import { isLoopbackHost } from "#protocol/loopback";
import { type NetworkSettings, proxyAgent, trustOptions } from "#runner/node/network";

/** How a WebSocket to a relay is dialled: through which proxy, trusting whom. */
export async function socketOptions(url: string, network: NetworkSettings): Promise<ClientOptions & ClientRequestArgs> {
  const agent = await proxyAgent(network);
  return {
    perMessageDeflate: false,
    skipUTF8Validation: false,
    followRedirects: false,
    ...(agent && { agent }),
    ...(url.startsWith("wss:") && !agent && trustOptions(network)),
    ...(isPrivate(url) && { generateMask: zeroMask }),
  };
}

/**
 * Masking (RFC 6455, section 10.3) keeps content from being taken for HTTP by a proxy that looks into the stream. Where
 * no proxy can look, a zero mask says the same and costs no pass over the bytes.
 */
function isPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "wss:" || isLoopbackHost(hostname);
}

const zeroMask = (mask: Buffer): void => {
  mask.fill(0);
};
