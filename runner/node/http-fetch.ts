import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { BatonError } from "#protocol/errors";
import { maxAnswerBytes } from "#runner/node/caps";
import { type NetworkSettings, proxyAgent, trustOptions } from "#runner/node/network";
import type { Fetch, FetchAnswer, FetchRequest } from "#sdk/http";

/**
 * `fetch`, as far as the SDK needs it, over Node's own HTTP client: the global `fetch` of Node 20 knows neither the
 * proxies nor the certificates of the environment.
 */
export const nodeFetch: Fetch = (url, request) => fetchThrough({}, url, request);

/** The same with what the host knows of the network, as of each request. */
export const createFetch =
  (network: () => NetworkSettings): Fetch =>
  (url, request) =>
    fetchThrough(network(), url, request);

async function fetchThrough(network: NetworkSettings, url: string, request?: FetchRequest): Promise<FetchAnswer> {
  const response = await sendRequest(network, url, request);
  const bytes = await readWhole(response, maxAnswerBytes);
  const { statusCode: status = 500 } = response;
  return { ok: status >= 200 && status < 300, status, text: async () => new TextDecoder().decode(bytes) };
}

/** The answer to a request as it comes; its body is the caller's to read, or to destroy. */
export async function sendRequest(
  network: NetworkSettings,
  address: string,
  { method = "GET", headers, body, signal }: FetchRequest = {},
): Promise<IncomingMessage> {
  const url = new URL(address);
  const isSecure = url.protocol === "https:";
  const agent = await proxyAgent(network);
  const trust = isSecure && !agent ? trustOptions(network) : {};
  const bytes = body === undefined ? undefined : Buffer.from(body, "utf8");
  return new Promise((resolve, reject) => {
    const send = isSecure ? httpsRequest : httpRequest;
    const request = send(
      url,
      {
        method,
        headers: { ...headers, ...(bytes && { "content-length": bytes.length }) },
        ...(agent && { agent }),
        ...trust,
        ...(signal && { signal }),
      },
      resolve,
    );
    request.on("error", (error) => reject(signal?.aborted ? signal.reason : error));
    request.end(bytes);
  });
}

async function readWhole(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) throw new BatonError("frame_too_large", { bytes, maxBytes });
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
