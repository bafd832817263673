import { jwtVerify, SignJWT } from "jose";
import type { Share } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { DeviceId, MemberId, type PreviewId, ShareId, TokenId } from "#protocol/ids";
import { roleAllows } from "#protocol/roles";
import { maxCheckedGrants, previewGrantMs, ticketMs } from "#relay/caps";
import type { DomainContext } from "#relay/domain/context";
import type { Members } from "#relay/domain/members";
import type { Previews } from "#relay/domain/previews";
import { newSecret } from "#relay/domain/secrets";
import type { Shares } from "#relay/domain/shares";

/** Who looks at a preview, and by what they are signed in: when that ends, so does what they were let into. */
export interface PreviewVisitor {
  readonly memberId: MemberId;
  readonly deviceId?: DeviceId;
  readonly tokenId?: TokenId;
  /** The link that led them here; what it lets them into ends with it. */
  readonly shareId?: ShareId;
  /** Origins of the pages around the frame that it is shown in. */
  readonly framedBy?: readonly string[];
}

/** Somebody who was let into one preview: a member, or a guest who has nothing but a link. */
export interface Admission extends Partial<PreviewVisitor> {
  readonly previewId: PreviewId;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

/** What a browser keeps as a cookie: a token (JWT, HS256) of the preview alone. */
export interface PreviewGrant {
  readonly token: string;
  readonly admission: Admission;
}

/** Who is let into one preview, and into nothing else. */
export interface PreviewGrants {
  /** Lets one browser in, once, within 30 s. */
  makeTicket(previewId: PreviewId, visitor: PreviewVisitor): { ticket: string; expiresAt: number };
  /**
   * Sells a grant for a ticket, good for `previewGrantMs`, and no longer than the link that it came by.
   * @throws BatonError `ticket_invalid`, `share_over`
   */
  sell(ticket: string, previewId: PreviewId): Promise<PreviewGrant>;
  /** A grant for a guest, good as long as the link. */
  makeForGuest(share: Share): Promise<PreviewGrant>;
  /** @returns whom a grant of this preview lets in now */
  check(token: string, previewId: PreviewId): Promise<Admission | undefined>;
  /** Whether who was let in is in still; asked of everything that is under way, again and again. */
  holds(admission: Admission): boolean;
}

interface GrantDeps {
  readonly previews: Pick<Previews, "isOpen">;
  readonly members: Pick<Members, "find">;
  readonly shares: Pick<Shares, "find">;
}

const maxTickets = 1_000;

export function createPreviewGrants(
  { key, relayId, clock, store }: DomainContext,
  { previews, members, shares }: GrantDeps,
): PreviewGrants {
  const tickets = new Map<string, { previewId: PreviewId; visitor: PreviewVisitor; expiresAt: number }>();
  const dropOld = () => {
    // A map keeps the order of insertion, and all tickets live equally long.
    for (const [ticket, { expiresAt }] of tickets) {
      if (expiresAt > clock() && tickets.size < maxTickets) break;
      tickets.delete(ticket);
    }
  };
  const isSignedIn = ({ deviceId = "", tokenId = "" }: Admission): boolean => {
    const device = store.documents.get("devices", deviceId);
    if (device) return device.revokedAt === undefined;
    return (store.documents.get("tokens", tokenId)?.expiresAt ?? 0) > clock();
  };
  const holds: PreviewGrants["holds"] = (admission) => {
    const { previewId, memberId, shareId, endsAt } = admission;
    if (endsAt <= clock() || !previews.isOpen(previewId)) return false;
    const share = shareId && shares.find(shareId);
    if (shareId !== undefined && share?.previewId !== previewId) return false;
    if (memberId === undefined) return share?.audience === "public";
    const role = share && share.audience !== "public" ? share.audience.role : "viewer";
    const member = members.find(memberId);
    return member !== undefined && roleAllows(member.role, role) && isSignedIn(admission);
  };
  const sign = async (admission: Admission): Promise<PreviewGrant> => {
    const { previewId, memberId, deviceId, tokenId, shareId, framedBy, endsAt } = admission;
    const token = new SignJWT({
      ...(deviceId !== undefined && { dev: deviceId }),
      ...(tokenId !== undefined && { tok: tokenId }),
      ...(shareId !== undefined && { shr: shareId }),
      ...(framedBy !== undefined && { by: framedBy }),
    })
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer(relayId)
      .setAudience(`preview:${previewId}`)
      .setExpirationTime(Math.floor(endsAt / 1000));
    if (memberId !== undefined) token.setSubject(memberId);
    return { token: await token.sign(key), admission };
  };

  /** What grants say whose signature was checked. Whether it still holds is looked at each time. */
  const checked = new Map<string, Admission>();
  const verify = async (token: string, previewId: PreviewId): Promise<Admission | undefined> => {
    const verified = await jwtVerify(token, key, {
      algorithms: ["HS256"],
      issuer: relayId,
      audience: `preview:${previewId}`,
      currentDate: new Date(clock()),
    }).catch(() => undefined);
    if (!verified) return undefined;
    const { sub, dev, tok, shr, by, exp = 0 } = verified.payload;
    const admission: Admission = {
      previewId,
      endsAt: exp * 1000,
      ...(sub !== undefined && { memberId: MemberId.parse(sub) }),
      ...(dev !== undefined && { deviceId: DeviceId.parse(dev) }),
      ...(tok !== undefined && { tokenId: TokenId.parse(tok) }),
      ...(shr !== undefined && { shareId: ShareId.parse(shr) }),
      ...(Array.isArray(by) && { framedBy: by.map(String) }),
    };
    const [oldest] = checked.keys();
    if (checked.size >= maxCheckedGrants && oldest !== undefined) checked.delete(oldest);
    checked.set(token, admission);
    return admission;
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
      const { visitor } = found;
      const share = visitor.shareId && shares.find(visitor.shareId);
      if (visitor.shareId !== undefined && !share) throw new BatonError("share_over");
      const endsAt = Math.min(clock() + previewGrantMs, share ? share.expiresAt : Number.POSITIVE_INFINITY);
      return sign({ ...visitor, previewId, endsAt });
    },
    makeForGuest: ({ id, previewId, expiresAt }) => sign({ previewId, shareId: id, endsAt: expiresAt }),
    async check(token, previewId) {
      const known = checked.get(token);
      const admission = known?.previewId === previewId ? known : await verify(token, previewId);
      return admission && holds(admission) ? admission : undefined;
    },
    holds,
  };
}
