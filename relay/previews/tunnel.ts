import { Duplex } from "node:stream";
import { WebSocket } from "ws";
import type { RunnerId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import { maxTunnelHeaders, ToRelayFromTunnel, tunnelStreamWindowBytes, tunnelWindowBytes } from "#protocol/tunnel";
import { tunnelStream } from "#protocol/tunnel-stream";
import { createPortConnections } from "#relay/previews/port-connections";
import type { Tunnel, TunnelHub } from "#relay/previews/tunnel-hub";
import { type Link, refuseLink } from "#relay/sockets/link-socket";
import type { Liveness } from "#relay/sockets/liveness";
import type { Upgrade } from "#relay/sockets/upgrade";

export interface TunnelLinkDeps {
  readonly hub: TunnelHub;
  readonly liveness: Liveness;
  readonly clock: () => number;
}

/** The relay's end of a tunnel: its first message names it, and what comes behind it is HTTP/2's. */
export class TunnelLink implements Link {
  readonly ws;
  readonly socket;
  readonly address;
  readonly openedAt: number;
  isKnown = false;
  isAlive = true;
  pingSlot = 0;
  private runnerId: RunnerId | undefined;
  private tunnel: Tunnel | undefined;
  private stream: Duplex | undefined;

  constructor(
    { ws, socket, address }: Upgrade,
    private readonly deps: TunnelLinkDeps,
  ) {
    this.ws = ws;
    this.socket = socket;
    this.address = address;
    this.openedAt = deps.clock();
  }

  message(data: Buffer): void {
    if (this.runnerId !== undefined) return;
    try {
      const { ticket } = parseMessage(ToRelayFromTunnel, data) as ToRelayFromTunnel;
      this.runnerId = this.deps.hub.takeTicket(ticket);
    } catch (error) {
      refuseLink(this, error);
      return;
    }
    this.deps.liveness.known(this);
    this.open(this.runnerId).catch(() => this.ws.terminate());
  }

  /** What HTTP/2 needs is loaded for the first one: most relays show nothing most of the time. */
  private async open(runnerId: RunnerId): Promise<void> {
    const http2 = await import("node:http2");
    if (this.ws.readyState !== WebSocket.OPEN) return;
    this.ws.send(JSON.stringify({ type: "ready" }));
    const duplex = tunnelStream(this.ws, { Duplex, concat: Buffer.concat, soon: setImmediate });
    const session = http2.connect("http://localhost", {
      createConnection: () => duplex,
      maxHeaderListPairs: maxTunnelHeaders,
      maxReservedRemoteStreams: 0,
      settings: { enablePush: false, initialWindowSize: tunnelStreamWindowBytes },
    });
    session.once("connect", () => session.setLocalWindowSize(tunnelWindowBytes));
    // Either of the two ends both; what was under way ends with an error of its own.
    session.on("error", () => this.ws.terminate());
    session.on("close", () => this.ws.terminate());
    this.tunnel = { session, connections: createPortConnections(session) };
    this.stream = duplex;
    this.deps.hub.put(runnerId, this.tunnel);
  }

  closed(): void {
    this.deps.liveness.remove(this);
    if (!this.tunnel || !this.runnerId) return;
    this.deps.hub.remove(this.runnerId, this.tunnel);
    this.tunnel.session.destroy();
    setImmediate(() => this.stream?.destroy());
  }
}
