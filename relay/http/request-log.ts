import { randomBytes } from "node:crypto";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Logger } from "pino";
import type { Site } from "#relay/http/site";

const header = "X-Request-Id";

/** Gives every request an id, which stands in its answer, in problems and in the log, and logs it when it is over. */
export function requestLog(log: Logger, site: Site): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const startedAt = performance.now();
    response.set(header, `req_${randomBytes(9).toString("base64url")}`);
    response.once("close", () => {
      const path = request.path;
      const runId = /run_[0-9a-f]{32}/.exec(path)?.[0];
      const level = response.statusCode >= 500 ? "error" : isQuiet(path) ? "debug" : "info";
      log[level](
        {
          requestId: requestIdOf(response),
          method: request.method,
          path: path.replace(/(\/api\/(?:pairings|sign-ins)\/)[^/]+/, "$1…"),
          status: response.statusCode,
          ms: Math.round((performance.now() - startedAt) * 10) / 10,
          from: site.addressOf(request),
          ...(runId && { runId }),
        },
        "request",
      );
    });
    next();
  };
}

export const requestIdOf = (response: Response): string => String(response.get(header) ?? "");

/** Probes and static files come often and say little. */
const isQuiet = (path: string) => !path.startsWith("/api/");
