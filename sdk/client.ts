import type { EndpointName, RequestOf, ResponseOf } from "#protocol/api";
import { BatonError } from "#protocol/errors";
import { retryDelayMs } from "#sdk/backoff";
import { maxRequestTries } from "#sdk/caps";
import { endpointUrl, type Fetch, type HttpOptions, type RequestParts, requestOnce } from "#sdk/http";
import { randomKey } from "#sdk/random-key";

export interface ClientOptions {
  /** The relay's address, without a slash at its end. In a page: `location.origin`. */
  readonly baseUrl: string;
  readonly fetch?: Fetch;
  /** A browser's WebSocket, or the class of the `ws` package. */
  readonly WebSocket?: SocketClass;
  /** A bearer token, for clients without cookies. */
  readonly token?: string;
}

/** RFC 6455, section 7.4.1: closed without a close frame. */
export const abnormalClosure = 1006;

/** What the SDK needs of a WebSocket; browsers' and the `ws` package's both fit. */
export interface Socket {
  binaryType: string;
  readonly bufferedAmount: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: "open" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { readonly code: number }) => void): void;
}
export type SocketClass = new (url: string) => Socket;

export interface CallOptions {
  /** For `queuePrompt`; made here where it is absent. The same key never queues twice. */
  readonly idempotencyKey?: string;
}
type CallArguments<N extends EndpointName> =
  Record<never, never> extends RequestOf<N>
    ? [request?: RequestOf<N>, options?: CallOptions]
    : [request: RequestOf<N>, options?: CallOptions];

/** Typed calls of the relay's REST interface. */
export interface Client {
  readonly baseUrl: string;
  readonly WebSocket: SocketClass;
  /**
   * Calls an endpoint of the table. An ended access token is refreshed once, and requests that are safe to repeat
   * (reads; `queuePrompt` by its idempotency key) are tried again when their answer is lost.
   * @throws BatonError or UnknownPeerError
   */
  call<N extends EndpointName>(name: N, ...args: CallArguments<N>): Promise<ResponseOf<N>>;
  /** The address of an endpoint, for links and downloads. */
  url<N extends EndpointName>(name: N, ...args: CallArguments<N>): string;
}

/** These sign in, so a refused one is not tried again behind a refresh. */
const signingIn = new Set<EndpointName>(["signIn", "peekLink", "refreshSession"]);

export function createClient(options: ClientOptions): Client {
  const http: HttpOptions = {
    baseUrl: options.baseUrl,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    token: options.token,
  };
  let refreshing: Promise<unknown> | undefined;
  /** However many requests find their access token ended, the session is refreshed once: its tokens rotate. */
  const refresh = () => {
    refreshing ??= requestOnce(http, "refreshSession", {}).finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  };

  const attempt = async (name: EndpointName, parts: RequestParts, headers: Record<string, string>) => {
    try {
      return await requestOnce(http, name, parts, headers);
    } catch (error) {
      if (options.token || signingIn.has(name) || !isUnauthorized(error)) throw error;
      await refresh();
      return await requestOnce(http, name, parts, headers);
    }
  };

  return {
    baseUrl: options.baseUrl,
    WebSocket: options.WebSocket ?? (globalThis.WebSocket as unknown as SocketClass),
    async call(name, ...[request, callOptions]) {
      const headers: Record<string, string> = {};
      if (name === "queuePrompt") headers["idempotency-key"] = callOptions?.idempotencyKey ?? randomKey();
      const parts = (request ?? {}) as RequestParts;
      const tries = name === "queuePrompt" || isRead(name) ? maxRequestTries : 1;
      for (let failures = 1; ; failures++) {
        try {
          return (await attempt(name, parts, headers)) as ResponseOf<typeof name>;
        } catch (error) {
          if (failures >= tries || !isAnswerLost(error)) throw error;
          await new Promise((resolve) => setTimeout(resolve, retryDelayMs(failures)));
        }
      }
    },
    url: (name, ...[request]) => endpointUrl(options.baseUrl, name, (request ?? {}) as RequestParts),
  };
}

const isRead = (name: EndpointName) => /^(list|read)/.test(name);

/** Whether nobody knows if the request arrived. */
export const isAnswerLost = (error: unknown): boolean =>
  error instanceof BatonError && (error.code === "connection_lost" || error.code === "timeout");

const unauthorizedCodes = new Set<string>(["not_signed_in", "session_expired"]);
const isUnauthorized = (error: unknown) => error instanceof BatonError && unauthorizedCodes.has(error.code);

const signedOutCodes = new Set<string>(["not_signed_in", "session_expired", "session_reused"]);
/** Whether only a new sign-in helps. */
export const isSignedOut = (error: unknown): boolean => error instanceof BatonError && signedOutCodes.has(error.code);
