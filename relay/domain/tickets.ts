import { BatonError } from "#protocol/errors";
import type { DeviceId, MemberId } from "#protocol/ids";
import type { Role } from "#protocol/roles";
import { maxOpenTickets, maxOpenTicketsPerMember, ticketMs } from "#relay/caps";
import type { Clock } from "#relay/domain/clock";
import { createSeats } from "#relay/domain/seats";
import { newSecret } from "#relay/domain/secrets";

/** Whom a viewer's socket is for. */
export interface TicketHolder {
  readonly memberId: MemberId;
  /** Absent for an API token. */
  readonly deviceId?: DeviceId;
  readonly tokenId?: string;
  /** What the token's scopes allow at most; absent for a session, which has the member's role. */
  readonly maxRole?: Role;
  /** Made with a cookie: only a page of this relay may use it. */
  readonly needsOrigin: boolean;
}

/** Tickets for the viewer link: each opens one socket, within 30 s. They live in memory only. */
export interface Tickets {
  /** @throws BatonError `too_many` */
  make(holder: TicketHolder): { ticket: string; expiresAt: number };
  /** @throws BatonError `ticket_invalid` */
  use(ticket: string): TicketHolder;
}

export function createTickets(clock: Clock): Tickets {
  const open = new Map<string, { holder: TicketHolder; expiresAt: number }>();
  const seats = createSeats("open tickets", { maxEach: maxOpenTicketsPerMember, maxAll: maxOpenTickets });
  const close = (ticket: string) => {
    const found = open.get(ticket);
    if (found) seats.give(found.holder.memberId);
    open.delete(ticket);
    return found;
  };
  const dropOld = () => {
    // A map keeps the order of insertion, and all tickets live equally long.
    for (const [ticket, { expiresAt }] of open) {
      if (expiresAt > clock()) break;
      close(ticket);
    }
  };
  return {
    make(holder) {
      dropOld();
      seats.take(holder.memberId);
      const ticket = newSecret();
      const expiresAt = clock() + ticketMs;
      open.set(ticket, { holder, expiresAt });
      return { ticket, expiresAt };
    },
    use(ticket) {
      const found = close(ticket);
      if (!found || found.expiresAt <= clock()) throw new BatonError("ticket_invalid");
      return found.holder;
    },
  };
}
