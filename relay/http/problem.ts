import type { Response } from "express";
import { BatonError, errorStatus, errorText, UnknownPeerError, type WireError } from "#protocol/errors";

/**
 * Answers with a problem document (RFC 9457). `code` and `params` are the stable part.
 * @param requestId stands in the relay's log too
 */
export function sendProblem(response: Response, error: WireError, requestId: string): void {
  const { code, params } = error;
  const status = errorStatus(code);
  if (typeof params.retryAfterSeconds === "number") response.set("Retry-After", String(params.retryAfterSeconds));
  if (status === 401) response.set("WWW-Authenticate", "Bearer");
  response
    .status(status)
    .set("Cache-Control", "no-store")
    .type("application/problem+json")
    .send(
      JSON.stringify({ type: `urn:baton:error:${code}`, title: errorText(error), status, code, params, requestId }),
    );
}

/** What a client is told of an error; undefined for one that is ours to look into. */
export function knownError(error: unknown): WireError | undefined {
  if (error instanceof BatonError) return error.toJSON();
  if (error instanceof UnknownPeerError) return { code: error.code, params: error.params };
  if (!isHttpError(error)) return undefined;
  if (error.type === "entity.too.large") {
    return new BatonError("body_too_large", { maxBytes: error.limit ?? 0 }).toJSON();
  }
  if (error.status >= 400 && error.status < 500) {
    return new BatonError("request_invalid", { field: "request", reason: error.message }).toJSON();
  }
  return undefined;
}

/** What Express and its body parser throw. */
interface HttpError extends Error {
  readonly status: number;
  readonly type?: string;
  readonly limit?: number;
}

const isHttpError = (error: unknown): error is HttpError =>
  error instanceof Error && "status" in error && typeof error.status === "number";
