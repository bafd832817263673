import type { RequestHandler } from "express";
import helmet from "helmet";
import type { Site } from "#relay/http/site";

/**
 * Nothing runs but the page's own scripts. Inline styles are allowed because the terminal sets its colours and sizes
 * in style elements of its own.
 */
export function securityHeaders(site: Site): RequestHandler {
  const socketOrigin = site.publicUrl.replace(/^http/, "ws");
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'", "data:"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'", new URL(socketOrigin).origin],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
      },
    },
    strictTransportSecurity: site.isSecure ? { maxAge: 365 * 24 * 60 * 60 } : false,
    referrerPolicy: { policy: "no-referrer" },
    xFrameOptions: { action: "deny" },
  }) as RequestHandler;
}
