import type { RequestHandler } from "express";
import helmet from "helmet";
import type { Site } from "#relay/http/site";
import type { PreviewSite } from "#relay/previews/preview-site";

/**
 * Nothing runs but the page's own scripts. Inline styles are allowed because the terminal sets its colours and sizes
 * in style elements of its own, and frames show previews and nothing else.
 */
export function securityHeaders(site: Site, previewSite: PreviewSite | undefined): RequestHandler {
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
        "frame-src": [previewSite?.anyOrigin ?? "'none'"],
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
