import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { maxControlBytes, maxFrameBytes } from "#protocol/caps";
import { maxTunnelMessageBytes } from "#protocol/tunnel";
import { closeHandshakeMs, maxSockets, maxViewerMessageBytes } from "#relay/caps";
import type { Site } from "#relay/http/site";
import { type Link, LinkSocket, listenToLink } from "#relay/sockets/link-socket";
import type { Liveness } from "#relay/sockets/liveness";
import { refuseUpgrade as refuse } from "#relay/sockets/refuse-upgrade";

/** What is known of a socket before its first message. */
export interface Upgrade {
  readonly ws: LinkSocket;
  readonly socket: Duplex;
  readonly address: string;
  /** A page sent it, and the page is one of ours. */
  readonly hasOrigin: boolean;
}

export interface LinkRoutes {
  readonly "/api/runner-link": (upgrade: Upgrade) => Link;
  readonly "/api/viewer-link": (upgrade: Upgrade) => Link;
  readonly "/api/tunnel": (upgrade: Upgrade) => Link;
}

const maxMessageBytes: Record<keyof LinkRoutes, number> = {
  "/api/runner-link": Math.max(maxFrameBytes, maxControlBytes),
  "/api/viewer-link": maxViewerMessageBytes,
  "/api/tunnel": maxTunnelMessageBytes,
};

/**
 * Takes WebSocket upgrades on the links. Everything that speaks against one is answered in HTTP, before the
 * handshake: an unknown path, a name that is not ours, a page of somebody else (exact `Origin`), too many sockets that said nothing yet.
 */
export function acceptUpgrades(
  server: Server,
  routes: LinkRoutes,
  site: Site,
  liveness: Liveness,
  isClosing: () => boolean,
  isPreview: (request: IncomingMessage) => boolean,
): void {
  const options = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxFragments: 64,
    closeTimeout: closeHandshakeMs,
    WebSocket: LinkSocket,
  };
  const servers = new Map(
    Object.entries(maxMessageBytes).map(([path, maxPayload]) => [
      path,
      new WebSocketServer({ ...options, maxPayload }),
    ]),
  );

  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isPreview(request)) return;
    socket.on("error", destroyOnError);
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const webSockets = servers.get(path);
    const { origin } = request.headers;
    const address = site.addressOf(request);
    if (!webSockets) return refuse(socket, 404);
    if (!site.isOwnHost(request)) return refuse(socket, 421);
    if (isClosing()) return refuse(socket, 503);
    if (origin !== undefined && !site.isOwnOrigin(origin)) return refuse(socket, 403);
    if (!liveness.admits(address) || liveness.size >= maxSockets) return refuse(socket, 429);
    webSockets.handleUpgrade(request, socket, head, (ws) => {
      const link = routes[path as keyof LinkRoutes]({ ws, socket, address, hasOrigin: origin !== undefined });
      // From here on `ws` listens itself.
      socket.off("error", destroyOnError);
      liveness.add(link);
      listenToLink(link);
    });
  });
}

function destroyOnError(this: Duplex): void {
  this.destroy();
}
