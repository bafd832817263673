import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { BatonError } from "#protocol/errors";
import { maxAnswerBytes } from "#runner/node/caps";
import { type NetworkSettings, proxyAgent, trustOptions } from "#runner/node/network";

/**
 * `fetch`, as far as the SDK needs it, over Node's own HTTP client: the global `fetch` of Node 20 knows neither the
 * proxies nor the certificates of the environment.
 */
export const nodeFetch: typeof fetch = (input, init) => fetchThrough({}, input, init);

/** The same with what the host knows of the network, as of each request. */
export const createFetch =
  (network: () => NetworkSettings): typeof fetch =>
  (input, init) =>
    fetchThrough(network(), input, init);

async function fetchThrough(network: NetworkSettings, ...[input, init]: Parameters<typeof fetch>): Promise<Response> {
  const response = await sendRequest(network, input, init);
  return responseOf(response, await readWhole(response, maxAnswerBytes));
}

/** The answer to a request as it comes; its body is the caller's to read, or to destroy. */
export async function sendRequest(
  network: NetworkSettings,
  ...[input, init]: Parameters<typeof fetch>
): Promise<IncomingMessage> {
  const url = new URL(input instanceof Request ? input.url : input);
  const isSecure = url.protocol === "https:";
  const agent = await proxyAgent(network);
  const trust = isSecure && !agent ? trustOptions(network) : {};
  const headers = Object.fromEntries(new Headers(init?.headers));
  const body = typeof init?.body === "string" ? Buffer.from(init.body, "utf8") : undefined;
  return new Promise((resolve, reject) => {
    const send = isSecure ? httpsRequest : httpRequest;
    const request = send(
      url,
      {
        method: init?.method ?? "GET",
        headers: { ...headers, ...(body && { "content-length": body.length }) },
        ...(agent && { agent }),
        ...trust,
        ...(init?.signal && { signal: init.signal }),
      },
      resolve,
    );
    request.on("error", (error) => reject(init?.signal?.aborted ? init.signal.reason : error));
    request.end(body);
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

function responseOf(response: IncomingMessage, bytes: Buffer): Response {
  const status = response.statusCode ?? 500;
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  const isBodyless = status === 204 || status === 304;
  return new Response(isBodyless ? null : new Uint8Array(bytes), { status, headers });
}
