import { jwtVerify, SignJWT } from "jose";
import { BatonError } from "#protocol/errors";
import type { DeviceId, MemberId, PreviewId, TokenId } from "#protocol/ids";
import { previewGrantMs, ticketMs } from "#relay/caps";
import type { DomainContext } from "#relay/domain/context";
import { newSecret } from "#relay/domain/secrets";

/** Who looks at a preview, and by what they are signed in: when that ends, so does what they were let into. */
export interface PreviewVisitor {
  readonly memberId: MemberId;
  readonly deviceId?: DeviceId;
  readonly tokenId?: TokenId;
}

/** Who is let into one preview, and into nothing else. */
export interface PreviewGrants {
  /** Lets one browser in, once, within 30 s. */
  makeTicket(previewId: PreviewId, visitor: PreviewVisitor): { ticket: string; expiresAt: number };
  /**
   * Sells a grant for a ticket: a token (JWT, HS256) of the preview alone, good for `previewGrantMs`.
   * @throws BatonError `ticket_invalid`
   */
  sell(ticket: string, previewId: PreviewId): Promise<string>;
  /** @returns whom a grant of this preview lets in */
  check(grant: string, previewId: PreviewId): Promise<MemberId | undefined>;
}

const maxTickets = 1_000;

export function createPreviewGrants({ key, relayId, clock, store }: DomainContext): PreviewGrants {
  const tickets = new Map<string, { previewId: PreviewId; visitor: PreviewVisitor; expiresAt: number }>();
  const dropOld = () => {
    // A map keeps the order of insertion, and all tickets live equally long.
    for (const [ticket, { expiresAt }] of tickets) {
      if (expiresAt > clock() && tickets.size < maxTickets) break;
      tickets.delete(ticket);
    }
  };
  const isSignedIn = (deviceId: unknown, tokenId: unknown): boolean => {
    const device = typeof deviceId === "string" ? store.documents.get("devices", deviceId) : undefined;
    if (device) return device.revokedAt === undefined;
    return typeof tokenId === "string" && (store.documents.get("tokens", tokenId)?.expiresAt ?? 0) > clock();
  };
  return {
    makeTicket(previewId, visitor) {
      dropOld();
      const ticket = newSecret();
      const expiresAt = clock() + ticketMs;
      tickets.set(ticket, { previewId, visitor, expiresAt });
      return { ticket, expiresAt };
    },
    async sell(ticket, previewId) {
      const found = tickets.get(ticket);
      tickets.delete(ticket);
      if (found?.previewId !== previewId || found.expiresAt <= clock()) throw new BatonError("ticket_invalid");
      const { memberId, deviceId, tokenId } = found.visitor;
      return new SignJWT({
        ...(deviceId !== undefined && { dev: deviceId }),
        ...(tokenId !== undefined && { tok: tokenId }),
      })
        .setProtectedHeader({ alg: "HS256" })
        .setIssuer(relayId)
        .setAudience(`preview:${previewId}`)
        .setSubject(memberId)
        .setExpirationTime(Math.floor((clock() + previewGrantMs) / 1000))
        .sign(key);
    },
    async check(grant, previewId) {
      const verified = await jwtVerify(grant, key, {
        algorithms: ["HS256"],
        issuer: relayId,
        audience: `preview:${previewId}`,
        currentDate: new Date(clock()),
      }).catch(() => undefined);
      if (!verified) return undefined;
      const { sub, dev, tok } = verified.payload;
      return isSignedIn(dev, tok) ? sub : undefined;
    },
  };
}
