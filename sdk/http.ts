import { type Endpoint, type EndpointName, endpoints, Problem } from "#protocol/api";
import { BatonError, errorFromWire, type UnknownPeerError } from "#protocol/errors";
import { parseValue } from "#protocol/json";
import { requestTimeoutMs } from "#sdk/caps";

/** The parts of a request, as the endpoints table names them. */
export interface RequestParts {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** What the SDK asks of `fetch`. A browser's fits; Node's own brings ten megabytes into memory with its first use. */
export type Fetch = (url: string, request?: FetchRequest) => Promise<FetchAnswer>;

export interface FetchRequest {
  readonly method?: string;
  readonly credentials?: "same-origin";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  text(): Promise<string>;
}

export interface HttpOptions {
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly token?: string | undefined;
}

/** The address of an endpoint, its parameters filled in. */
export function endpointUrl(baseUrl: string, name: EndpointName, parts: RequestParts = {}): string {
  const path = endpoints[name].path.replace(/:([a-z]+)/gi, (_, key: string) =>
    encodeURIComponent(parts.params?.[key] ?? ""),
  );
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(parts.query ?? {})) {
    if (value !== undefined && value !== "") query.set(key, String(value));
  }
  const search = query.toString();
  return `${baseUrl}${path}${search ? `?${search}` : ""}`;
}

/**
 * One request, one answer, checked against the endpoint's schema.
 * @throws BatonError or UnknownPeerError, as the relay's problem document (RFC 9457) says; `connection_lost` and
 *   `timeout` where there was no answer
 */
export async function requestOnce(
  options: HttpOptions,
  name: EndpointName,
  parts: RequestParts,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const endpoint: Endpoint = endpoints[name];
  const response = await send(options, endpoint, name, parts, headers);
  if (!response.ok) throw await errorOf(response, options.baseUrl);
  if (!endpoint.response || response.status === 204) return undefined;
  return parseValue(endpoint.response, await jsonOf(response, options.baseUrl));
}

async function send(
  options: HttpOptions,
  endpoint: Endpoint,
  name: EndpointName,
  parts: RequestParts,
  headers: Readonly<Record<string, string>>,
): Promise<FetchAnswer> {
  try {
    return await options.fetch(endpointUrl(options.baseUrl, name, parts), {
      method: endpoint.method,
      credentials: "same-origin",
      headers: {
        accept: "application/json",
        ...(endpoint.body && { "content-type": "application/json" }),
        ...(options.token && { authorization: `Bearer ${options.token}` }),
        ...headers,
      },
      ...(endpoint.body && { body: JSON.stringify(parts.body ?? {}) }),
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
  } catch (error) {
    if (error instanceof BatonError) throw error;
    if (error instanceof Error && error.name === "TimeoutError") {
      throw new BatonError("timeout", { what: endpoint.summary, seconds: requestTimeoutMs / 1000 }, { cause: error });
    }
    throw new BatonError("connection_lost", {}, { cause: error });
  }
}

/** A failure as an error of ours. What stands in front of a relay (a proxy) answers in its own words. */
async function errorOf(response: FetchAnswer, address: string): Promise<BatonError | UnknownPeerError> {
  const problem = Problem.safeParse(await jsonOf(response, address).catch(() => undefined));
  if (problem.success) return errorFromWire({ code: problem.data.code, params: problem.data.params });
  if (response.status === 401) return new BatonError("not_signed_in");
  if (response.status === 413) return new BatonError("body_too_large", { maxBytes: "the proxy's limit of" });
  if (response.status >= 502 && response.status <= 504) return new BatonError("connection_lost");
  if (response.status >= 500) return new BatonError("internal", { requestId: `HTTP ${response.status}` });
  return new BatonError("not_a_relay", { address, reason: `it says ${response.status}` });
}

async function jsonOf(response: FetchAnswer, address: string): Promise<unknown> {
  // An answer that was cut on its way says nothing about the request, which may have been carried out.
  const text = await response.text().catch((error: unknown) => {
    throw new BatonError("connection_lost", {}, { cause: error });
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BatonError("not_a_relay", { address, reason: "its answer is not JSON" }, { cause: error });
  }
}
