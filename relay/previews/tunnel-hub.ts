import type { ClientHttp2Session } from "node:http2";
import { BatonError } from "#protocol/errors";
import type { RunnerId } from "#protocol/ids";
import { ticketMs, tunnelWaitMs } from "#relay/caps";
import type { Clock } from "#relay/domain/clock";
import { newSecret } from "#relay/domain/secrets";
import type { PortConnections } from "#relay/previews/port-connections";

/** A tunnel, and the connections that are made through it. */
export interface Tunnel {
  readonly session: ClientHttp2Session;
  readonly connections: PortConnections;
}

/** The tunnels that are open: at most one a runner, the newest. */
export interface TunnelHub {
  /** For a runner that has proven itself on its link; good for one tunnel, within 30 s. Another one takes its place. */
  makeTicket(runnerId: RunnerId): string;
  /** @throws BatonError `ticket_invalid` */
  takeTicket(ticket: string): RunnerId;
  /** One that is not closing. */
  get(runnerId: RunnerId): Tunnel | undefined;
  /** Ends when there is a tunnel, or after `tunnelWaitMs`: a runner makes it when its link is there and a port is shown. */
  made(runnerId: RunnerId): Promise<void>;
  put(runnerId: RunnerId, tunnel: Tunnel): void;
  remove(runnerId: RunnerId, tunnel: Tunnel): void;
  /** Closes the connections of all tunnels that nobody has used for a while. */
  closeIdle(): void;
  /** Closes the tunnel of a runner whose link is gone: it could no longer be told that a preview is closed. */
  close(runnerId: RunnerId): void;
}

export function createTunnelHub(clock: Clock): TunnelHub {
  const tickets = new Map<RunnerId, { readonly ticket: string; readonly expiresAt: number }>();
  const tunnels = new Map<RunnerId, Tunnel>();
  /** Who waits for a tunnel that is being made. */
  const waiting = new Map<RunnerId, Set<() => void>>();
  const hub: TunnelHub = {
    makeTicket(runnerId) {
      const ticket = newSecret();
      tickets.set(runnerId, { ticket, expiresAt: clock() + ticketMs });
      return ticket;
    },
    takeTicket(given) {
      for (const [runnerId, { ticket, expiresAt }] of tickets) {
        if (ticket !== given) continue;
        tickets.delete(runnerId);
        if (expiresAt > clock()) return runnerId;
      }
      throw new BatonError("ticket_invalid");
    },
    get(runnerId) {
      const tunnel = tunnels.get(runnerId);
      return tunnel && !tunnel.session.closed && !tunnel.session.destroyed ? tunnel : undefined;
    },
    made(runnerId) {
      if (tunnels.has(runnerId)) return Promise.resolve();
      return new Promise((resolve) => {
        const here = waiting.get(runnerId) ?? new Set();
        waiting.set(runnerId, here);
        const done = () => {
          clearTimeout(timer);
          if (here.delete(done) && here.size === 0) waiting.delete(runnerId);
          resolve();
        };
        const timer = setTimeout(done, tunnelWaitMs);
        here.add(done);
      });
    },
    put(runnerId, tunnel) {
      tunnels.get(runnerId)?.session.destroy();
      tunnels.set(runnerId, tunnel);
      for (const go of [...(waiting.get(runnerId) ?? [])]) go();
    },
    remove(runnerId, tunnel) {
      if (tunnels.get(runnerId) === tunnel) tunnels.delete(runnerId);
    },
    closeIdle() {
      for (const { connections } of tunnels.values()) connections.closeIdle();
    },
    close(runnerId) {
      tickets.delete(runnerId);
      tunnels.get(runnerId)?.session.destroy();
      tunnels.delete(runnerId);
      for (const go of [...(waiting.get(runnerId) ?? [])]) go();
    },
  };
  return hub;
}
