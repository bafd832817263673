import type { RequestHandler } from "express";
import { BatonError } from "#protocol/errors";
import type { Site } from "#relay/http/site";

/** Probes of a platform know a container by its address only; they say nothing that is not for everybody. */
const openPaths: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/** Refuses requests that were sent to a name which is not this relay's (DNS rebinding). */
export const checkHost =
  (site: Site): RequestHandler =>
  (request, _response, next) => {
    if (!openPaths.has(request.path) && !site.isOwnHost(request)) {
      throw new BatonError("host_refused", {
        host: request.headers.host ?? "a request without a name",
        expected: site.publicUrl,
      });
    }
    next();
  };
