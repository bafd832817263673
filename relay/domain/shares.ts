import type { Member, Preview, Share, ShareAudience } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { newId, type PreviewId, ShareId } from "#protocol/ids";
import { mayPrompt } from "#protocol/may-prompt";
import { roleAllows } from "#protocol/roles";
import { maxShares, maxSharesPerPreview } from "#relay/caps";
import type { DomainContext } from "#relay/domain/context";
import type { Members } from "#relay/domain/members";
import type { Previews } from "#relay/domain/previews";
import type { Runners } from "#relay/domain/runners";
import { hashSecret, newSecret, sameSecret } from "#relay/domain/secrets";
import type { OpenDocuments } from "#relay/store/store";

export interface ShareWish {
  readonly audience: ShareAudience;
  readonly expiresInMs: number;
  readonly name?: string | undefined;
}

/**
 * Links to previews. One is good until its time is over or it is revoked, while its preview is open, and while its maker
 * is a member who could make it now; that is looked at whenever it is used, so that nothing has to be ended twice.
 */
export interface Shares {
  /** Whether guests are let in at all. */
  readonly arePublic: boolean;
  /** The good ones of a preview, the oldest first. */
  listOf(previewId: PreviewId): Share[];
  /** @throws BatonError `share_public_off`, `runner_prompt_refused`, `too_many` */
  make(preview: Preview, wish: ShareWish, by: Member): Promise<{ share: Share; secret: string }>;
  /** @returns undefined for one that is good no more */
  find(id: ShareId): Share | undefined;
  /** @throws BatonError `not_found` */
  revoke(id: ShareId): Promise<void>;
  /** Told when one was revoked. */
  onRevoked(listener: () => void): void;
  /** What a secret opens; where the id alone is given, whose it is. @throws BatonError `share_over` */
  redeem(secret: string): Share;
  peek(publicPart: string): Share;
  /** One more browser is let in: resolves when that is durable. @throws BatonError `share_over` */
  viewed(id: ShareId): Promise<void>;
  /** Forgets those that are over. */
  sweep(): Promise<void>;
}

interface SharesDeps {
  readonly previews: Pick<Previews, "isOpen">;
  readonly members: Pick<Members, "find">;
  readonly runners: Pick<Runners, "get" | "needFor">;
  readonly arePublic: boolean;
}

type StoredShare = OpenDocuments["shares"];

export function createShares(
  { store, ledger, clock }: DomainContext,
  { previews, members, runners, arePublic }: SharesDeps,
): Shares {
  const { documents } = store;
  const listeners = new Set<() => void>();

  const isGood = ({ previewId, memberId, audience, expiresAt, revokedAt }: Share): boolean => {
    if (revokedAt !== undefined || expiresAt <= clock() || !previews.isOpen(previewId)) return false;
    if (audience === "public" && !arePublic) return false;
    const maker = members.find(memberId);
    const runner = runners.get(documents.get("previews", previewId)?.runnerId ?? "");
    return (
      maker !== undefined && roleAllows(maker.role, "prompter") && runner !== undefined && mayPrompt(runner, maker.id)
    );
  };
  const allGood = () => documents.all("shares").filter(isGood);
  const stored = (id: string): StoredShare | undefined => {
    const share = documents.get("shares", id);
    return share && isGood(share) ? share : undefined;
  };
  const needRoom = (previewId: PreviewId) => {
    const good = allGood();
    if (good.filter((share) => share.previewId === previewId).length >= maxSharesPerPreview) {
      throw new BatonError("too_many", { what: "links to this preview", max: maxSharesPerPreview });
    }
    if (good.length >= maxShares) throw new BatonError("too_many", { what: "links to previews", max: maxShares });
  };

  return {
    arePublic,
    listOf: (previewId) => allGood().flatMap((share) => (share.previewId === previewId ? [withoutSecret(share)] : [])),
    async make({ id: previewId, runnerId }, { audience, expiresInMs, name }, by) {
      if (audience === "public" && !arePublic) throw new BatonError("share_public_off");
      runners.needFor(runnerId, by.id);
      needRoom(previewId);
      const now = clock();
      const id = newId("share", now);
      const secret = `${id.slice(idPrefix.length)}.${newSecret()}`;
      const share: Share = {
        v: 1,
        rev: 0,
        id,
        previewId,
        memberId: by.id,
        audience,
        createdAt: now,
        expiresAt: now + expiresInMs,
        views: 0,
        body: { ...(name !== undefined && { name }) },
      };
      await ledger.commit([{ collection: "shares", put: { ...share, secretHash: hashSecret(secret) } }]);
      return { share: { ...share, rev: 1 }, secret };
    },
    find(id) {
      const share = stored(id);
      return share && withoutSecret(share);
    },
    async revoke(id) {
      const share = stored(id);
      if (!share) throw new BatonError("not_found", { what: "link" });
      await ledger.commit([{ collection: "shares", put: { ...share, revokedAt: clock() } }]);
      for (const listener of listeners) listener();
    },
    onRevoked: (listener) => void listeners.add(listener),
    redeem(secret) {
      const share = stored(idIn(secret));
      if (!share || !sameSecret(share.secretHash, hashSecret(secret))) throw new BatonError("share_over");
      return withoutSecret(share);
    },
    peek(publicPart) {
      const share = stored(idIn(publicPart));
      if (!share) throw new BatonError("share_over");
      return withoutSecret(share);
    },
    async viewed(id) {
      // What is read here is what is written: a commit shows at once, so that none of many at a time is lost.
      const share = stored(id);
      if (!share) throw new BatonError("share_over");
      const put = { ...share, views: share.views + 1, lastViewedAt: clock() };
      await ledger.commit([{ collection: "shares", put }]);
    },
    async sweep() {
      // A maker may be allowed again tomorrow, and so the time of a link is what it goes by.
      const old = documents
        .all("shares")
        .filter(
          ({ revokedAt, expiresAt, previewId }) =>
            revokedAt !== undefined || expiresAt <= clock() || !previews.isOpen(previewId),
        );
      if (old.length > 0) await ledger.commit(old.map(({ id }) => ({ collection: "shares", remove: id })));
    },
  };
}

const idPrefix = "shr_";

/** The id that a secret begins with; it says nothing to who has it alone. */
const idIn = (secret: string): string => {
  const id = ShareId.safeParse(idPrefix + secret.split(".", 1)[0]);
  return id.success ? id.data : "";
};

const withoutSecret = ({ secretHash: _, ...share }: StoredShare): Share => share as Share;
