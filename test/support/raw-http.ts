import { request } from "node:http";
import { Problem } from "#protocol/api";

/** As `JSON.parse` gives it: tests look into answers of every form. */
export type Json = ReturnType<JSON["parse"]>;

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; undefined where it is none. */
  readonly json: Json;
  /** The stable code of a problem document; undefined for anything else. */
  readonly code: string | undefined;
}

export interface RawRequest {
  readonly cookies?: string;
  /** Absent: the relay's own; null: none. */
  readonly origin?: string | null;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly text?: string;
}

/**
 * One request with exactly the headers and the path that are given: nothing is normalized, nothing is followed.
 */
export function rawRequest(
  baseUrl: string,
  method: string,
  path: string,
  options: RawRequest = {},
): Promise<RawAnswer> {
  const { hostname, port, origin: own } = new URL(baseUrl);
  const { cookies, origin = own, token, headers = {}, body } = options;
  const text = options.text ?? (body === undefined ? undefined : JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const sent = request({
      hostname,
      port,
      method,
      path,
      agent: false,
      headers: {
        ...(origin !== null && { origin }),
        ...(cookies && { cookie: cookies }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...(text !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        ...headers,
      },
    });
    sent.once("error", reject);
    sent.once("response", (response) => {
      let received = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        received += chunk;
      });
      response.once("error", reject);
      response.once("end", () => {
        const json = parsed(received);
        const isProblem = response.headers["content-type"]?.startsWith("application/problem+json");
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: received,
          json,
          code: isProblem ? Problem.parse(json).code : undefined,
        });
      });
    });
    sent.end(text);
  });
}

/** The cookies that an answer sets, as a browser would send them back. */
export const cookiesOf = (answer: RawAnswer): string =>
  [answer.headers["set-cookie"] ?? []]
    .flat()
    .map((cookie) => cookie.split(";", 1)[0] ?? "")
    .filter((cookie) => !cookie.endsWith("="))
    .join("; ");

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
