import type { IncomingMessage, Server } from "node:http";
import type { Logger } from "pino";
import type { PreviewHosts } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { Domain } from "#relay/domain/domain";
import type { Site } from "#relay/http/site";
import { TunnelLink } from "#relay/previews/tunnel";
import type { TunnelHub } from "#relay/previews/tunnel-hub";
import { closeCodes } from "#relay/sockets/link-socket";
import { createLiveness } from "#relay/sockets/liveness";
import type { RunnerHub } from "#relay/sockets/runner-hub";
import { RunnerLink } from "#relay/sockets/runner-link";
import { acceptUpgrades } from "#relay/sockets/upgrade";
import { createViewerHub } from "#relay/sockets/viewer-hub";
import { ViewerLink } from "#relay/sockets/viewer-link";

/** The WebSockets of the relay. */
export interface Sockets {
  sweep(): void;
  /** Tells everybody that the relay restarts, and closes. */
  close(): void;
  /** Cuts what has not closed by itself. */
  terminate(): void;
}

export function createSockets(deps: {
  readonly server: Server;
  readonly domain: Domain;
  readonly runners: RunnerHub;
  readonly tunnels: TunnelHub;
  readonly site: Site;
  readonly log: Logger;
  readonly team: string;
  readonly keepAliveMs: number;
  isClosing(): boolean;
  readonly previewHosts: PreviewHosts;
  /** Whether an upgrade is for a preview, and so none of the links. */
  isPreview(request: IncomingMessage): boolean;
}): Sockets {
  const { domain, runners, log } = deps;
  const liveness = createLiveness(domain.context.clock, deps.keepAliveMs);
  const hub = createViewerHub({ domain, runners });
  const { health, audit } = domain.context.store;

  const viewerDeps = {
    domain,
    hub,
    runners,
    liveness,
    log,
    audit(link: ViewerLink, action: string, target: string) {
      const entry = {
        at: domain.context.clock(),
        action,
        target,
        from: link.address,
        ...(link.memberId !== undefined && { memberId: link.memberId }),
        ...(link.deviceId !== undefined && { deviceId: link.deviceId }),
      };
      audit
        .append(entry)
        .catch((error: unknown) =>
          log.error({ entry, error: String(error) }, "an entry of the audit log was not stored"),
        );
    },
  };
  acceptUpgrades(
    deps.server,
    {
      "/api/runner-link": (upgrade) => new RunnerLink(upgrade, { ...deps, hub: runners, liveness }),
      "/api/viewer-link": (upgrade) => new ViewerLink(upgrade, viewerDeps),
      "/api/tunnel": (upgrade) => new TunnelLink(upgrade, { hub: deps.tunnels, liveness, clock: domain.context.clock }),
    },
    deps.site,
    liveness,
    deps.isClosing,
    deps.isPreview,
  );
  const stopHealth = health.onChange(() => {
    const error = health.error && new BatonError(health.error, { reason: "see its log" }).toJSON();
    hub.broadcast({ type: "relay.health", ...(error && { error }) });
  });

  return {
    sweep: () => hub.sweep(),
    close() {
      stopHealth();
      liveness.close();
      for (const link of [...liveness.links()]) link.ws.close(closeCodes.restart, "the relay restarts");
    },
    terminate() {
      for (const link of [...liveness.links()]) link.ws.terminate();
    },
  };
}
