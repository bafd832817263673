import type { Invitation, Member } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { InvitationId, type MemberId, newId } from "#protocol/ids";
import { Role } from "#protocol/roles";
import { maxOpenInvitations, maxOpenLinks } from "#relay/caps";
import type { DomainContext } from "#relay/domain/context";
import type { Members } from "#relay/domain/members";
import { hashSecret, newSecret, sameSecret, signText } from "#relay/domain/secrets";
import type { Change, OpenDocuments } from "#relay/store/store";

type StoredLink = OpenDocuments["links"];

/** What opens the door: one-time links for a known or a new member, and invitations that carry a role. */
export interface Links {
  /** @throws BatonError `too_many` */
  make(
    who: { memberId: MemberId } | { name: string; role: Role },
    lifetimeMs: number,
  ): Promise<{ secret: string; expiresAt: number }>;
  invite(by: Member, role: Role, uses: number, lifetimeMs: number): Promise<{ invitation: Invitation; secret: string }>;
  invitations(): Invitation[];
  /** @throws BatonError `not_found` */
  withdraw(id: InvitationId): Promise<void>;
  /** @throws BatonError `link_invalid`, `invitation_invalid` */
  peek(secret: string): { kind: "link" | "invitation"; name?: string; role?: Role };
  /**
   * What a secret lets in, and the changes that use it up; both are for the caller to commit.
   * @param name what a newcomer wants to be called
   * @throws BatonError `link_invalid`, `invitation_invalid`, `request_invalid`
   */
  redeem(secret: string, name: string | undefined): { member: Member; changes: Change[] };
  /** Forgets what is too old. */
  sweep(): Promise<void>;
}

export function createLinks({ store, ledger, clock, key }: DomainContext, members: Members): Links {
  const { documents } = store;
  const linkId = (secret: string) => hashSecret(secret).slice(0, 22);

  const findLink = (secret: string): StoredLink => {
    const link = documents.get("links", linkId(secret));
    if (!link || link.expiresAt <= clock() || !sameSecret(link.secretHash, hashSecret(secret))) {
      throw new BatonError("link_invalid");
    }
    return link;
  };

  const invitationSecret = (id: InvitationId) => `${id}.${signText(key, `invitation:${id}`)}`;
  const findInvitation = (secret: string): Invitation => {
    const id = secret.slice(0, secret.indexOf("."));
    const invitation = documents.get("invitations", id);
    const valid = invitation && sameSecret(invitationSecret(invitation.id), secret);
    if (!valid || invitation.uses < 1 || invitation.expiresAt <= clock()) throw new BatonError("invitation_invalid");
    return invitation;
  };

  const redeemLink = (secret: string, name: string | undefined) => {
    const link = findLink(secret);
    const used: Change = { collection: "links", remove: link.id };
    if (!link.memberId) {
      const newcomer = members.make(name ?? link.name ?? "Member", Role.parse(link.role));
      return { member: newcomer, changes: [used, { collection: "members", put: newcomer } satisfies Change] };
    }
    const member = members.find(link.memberId);
    if (!member) throw new BatonError("link_invalid");
    // The first owner is made before anybody knows their name; they give it when they first sign in.
    const isFirst = name !== undefined && members.devicesOf(member.id).every((device) => device.kind === "runner");
    if (!isFirst) return { member, changes: [used] };
    const named = { ...member, name };
    return { member: named, changes: [used, { collection: "members", put: named } satisfies Change] };
  };

  const redeemInvitation = (secret: string, name: string | undefined) => {
    const invitation = findInvitation(secret);
    if (!name) throw new BatonError("request_invalid", { field: "name", reason: "an invitation asks for your name" });
    const newcomer = members.make(name, invitation.role);
    const rest: Change =
      invitation.uses > 1
        ? { collection: "invitations", put: { ...invitation, uses: invitation.uses - 1 } }
        : { collection: "invitations", remove: invitation.id };
    return { member: newcomer, changes: [rest, { collection: "members", put: newcomer } satisfies Change] };
  };

  return {
    async make(who, lifetimeMs) {
      if (documents.all("links").length >= maxOpenLinks) {
        throw new BatonError("too_many", { what: "open links", max: maxOpenLinks });
      }
      const secret = newSecret();
      const expiresAt = clock() + lifetimeMs;
      const link: StoredLink = { v: 1, rev: 0, id: linkId(secret), secretHash: hashSecret(secret), expiresAt, ...who };
      await ledger.commit([{ collection: "links", put: link }]);
      return { secret, expiresAt };
    },
    async invite(by, role, uses, lifetimeMs) {
      if (documents.all("invitations").length >= maxOpenInvitations) {
        throw new BatonError("too_many", { what: "open invitations", max: maxOpenInvitations });
      }
      const now = clock();
      const id = newId("invitation", now);
      const invitation: Invitation = {
        v: 1,
        rev: 0,
        id,
        role,
        uses,
        createdBy: by.id,
        createdAt: now,
        expiresAt: now + lifetimeMs,
      };
      await ledger.commit([{ collection: "invitations", put: invitation }]);
      return { invitation, secret: invitationSecret(id) };
    },
    invitations: () => documents.all("invitations").filter((invitation) => invitation.expiresAt > clock()),
    async withdraw(id) {
      if (!documents.get("invitations", id)) throw new BatonError("not_found", { what: "invitation" });
      await ledger.commit([{ collection: "invitations", remove: id }]);
    },
    peek(secret) {
      if (isInvitationSecret(secret)) return { kind: "invitation", role: findInvitation(secret).role };
      const link = findLink(secret);
      const member = link.memberId ? members.find(link.memberId) : undefined;
      const name = member?.name ?? link.name;
      const role = member?.role ?? (link.role ? Role.parse(link.role) : undefined);
      return { kind: "link", ...(name && { name }), ...(role && { role }) };
    },
    redeem: (secret, name) => (isInvitationSecret(secret) ? redeemInvitation(secret, name) : redeemLink(secret, name)),
    async sweep() {
      const now = clock();
      const old: Change[] = [
        ...documents
          .all("links")
          .flatMap((link): Change[] => (link.expiresAt <= now ? [{ collection: "links", remove: link.id }] : [])),
        ...documents
          .all("invitations")
          .flatMap((invitation): Change[] =>
            invitation.expiresAt <= now ? [{ collection: "invitations", remove: invitation.id }] : [],
          ),
      ];
      if (old.length > 0) await ledger.commit(old);
    },
  };
}

const isInvitationSecret = (secret: string) => InvitationId.safeParse(secret.split(".", 1)[0]).success;
