import { authenticateMs, maxUnauthenticated, maxUnauthenticatedPerAddress, pingSlots } from "#relay/caps";
import { addressGroupOf } from "#relay/domain/address-group";
import type { Clock } from "#relay/domain/clock";
import type { Link } from "#relay/sockets/link-socket";
import { opcodes, webSocketFrame } from "#relay/sockets/websocket-frame";

/**
 * All open links. It counts those that have not said who they are, closes them after `authenticateMs`, and pings
 * everybody once a round: a part of them at a time, so that thousands of pings do not stand in the way of output.
 */
export interface Liveness {
  /** Whether one more socket of this address may open. */
  admits(address: string): boolean;
  add(link: Link): void;
  /** The link has said who it is. */
  known(link: Link): void;
  remove(link: Link): void;
  readonly size: number;
  links(): Iterable<Link>;
  close(): void;
}

const pingFrame = webSocketFrame(opcodes.ping, new Uint8Array(0));

/** @param pingRoundMs in which everybody is pinged once; one that did not answer until the next round is closed */
export function createLiveness(clock: Clock, pingRoundMs: number): Liveness {
  const slots = Array.from({ length: pingSlots }, () => new Set<Link>());
  const unknown = new Set<Link>();
  const unknownByGroup = new Map<string, number>();
  let nextSlot = 0;
  let size = 0;
  let turn = 0;

  const unknownFrom = (address: string) => unknownByGroup.get(addressGroupOf(address)) ?? 0;
  const countUnknown = (address: string, change: 1 | -1) => {
    const count = unknownFrom(address) + change;
    if (count > 0) unknownByGroup.set(addressGroupOf(address), count);
    else unknownByGroup.delete(addressGroupOf(address));
  };
  const forgetUnknown = (link: Link) => {
    if (unknown.delete(link)) countUnknown(link.address, -1);
  };

  const timer = setInterval(() => {
    const now = clock();
    for (const link of unknown) {
      if (now - link.openedAt < authenticateMs) break;
      link.ws.terminate();
    }
    turn = (turn + 1) % pingSlots;
    for (const link of slots[turn] ?? []) {
      if (!link.isAlive) link.ws.terminate();
      else {
        link.isAlive = false;
        if (link.socket.writable) link.socket.write(pingFrame);
      }
    }
  }, pingRoundMs / pingSlots);

  return {
    admits: (address) => unknown.size < maxUnauthenticated && unknownFrom(address) < maxUnauthenticatedPerAddress,
    add(link) {
      unknown.add(link);
      countUnknown(link.address, 1);
      link.pingSlot = nextSlot++ % pingSlots;
      slots[link.pingSlot]?.add(link);
      size += 1;
    },
    known(link) {
      link.isKnown = true;
      forgetUnknown(link);
    },
    remove(link) {
      forgetUnknown(link);
      if (slots[link.pingSlot]?.delete(link)) size -= 1;
    },
    get size() {
      return size;
    },
    links: () => slots.flatMap((slot) => [...slot]),
    close: () => clearInterval(timer),
  };
}
