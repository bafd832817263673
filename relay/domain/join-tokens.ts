import type { JoinToken } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { type MemberId, newId, TokenId } from "#protocol/ids";
import { maxOpenJoinTokens } from "#relay/caps";
import type { DomainContext } from "#relay/domain/context";
import { hashSecret, newSecret, sameSecret } from "#relay/domain/secrets";
import type { Change } from "#relay/store/store";

/** Tokens that pair machines without a person; their runners carry the member who made the token. */
export interface JoinTokens {
  list(): JoinToken[];
  /** @throws BatonError `too_many` */
  make(
    memberId: MemberId,
    uses: number,
    lifetimeMs: number,
    labels: readonly string[],
    mayReplace?: boolean,
  ): Promise<{ joinToken: JoinToken; secret: string }>;
  /** @throws BatonError `not_found` */
  remove(id: TokenId): Promise<void>;
  /**
   * The token of a secret, and the change that uses it once; the change is for the caller to commit.
   * @throws BatonError `join_token_invalid`
   */
  redeem(secret: string): { joinToken: JoinToken; change: Change };
  sweep(): Promise<void>;
}

const secretPrefix = "join_";

export function createJoinTokens({ store, ledger, clock }: DomainContext): JoinTokens {
  const { documents } = store;
  const isOpen = (token: JoinToken) => token.expiresAt > clock() && token.uses > 0;
  return {
    list: () =>
      documents
        .all("joinTokens")
        .filter(isOpen)
        .map(({ secretHash: _, ...token }) => token as JoinToken),
    async make(memberId, uses, lifetimeMs, labels, mayReplace = false) {
      if (documents.all("joinTokens").length >= maxOpenJoinTokens) {
        throw new BatonError("too_many", { what: "join tokens", max: maxOpenJoinTokens });
      }
      const now = clock();
      const id = newId("token", now);
      const secret = `${secretPrefix}${id.slice(4)}_${newSecret()}`;
      const joinToken: JoinToken = {
        v: 1,
        rev: 0,
        id,
        memberId,
        createdAt: now,
        expiresAt: now + lifetimeMs,
        uses,
        labels: [...labels],
        ...(mayReplace && { mayReplace }),
      };
      await ledger.commit([{ collection: "joinTokens", put: { ...joinToken, secretHash: hashSecret(secret) } }]);
      return { joinToken, secret };
    },
    async remove(id) {
      if (!documents.get("joinTokens", id)) throw new BatonError("not_found", { what: "join token" });
      await ledger.commit([{ collection: "joinTokens", remove: id }]);
    },
    redeem(secret) {
      const id = TokenId.safeParse(`tok_${secret.slice(secretPrefix.length).split("_", 1)[0]}`);
      const token = id.success ? documents.get("joinTokens", id.data) : undefined;
      if (!token || !isOpen(token) || !sameSecret(token.secretHash, hashSecret(secret))) {
        throw new BatonError("join_token_invalid");
      }
      const change: Change =
        token.uses > 1
          ? { collection: "joinTokens", put: { ...token, uses: token.uses - 1 } }
          : { collection: "joinTokens", remove: token.id };
      return { joinToken: token, change };
    },
    async sweep() {
      const now = clock();
      const old: Change[] = documents
        .all("joinTokens")
        .filter((token) => token.expiresAt <= now)
        .map((token) => ({ collection: "joinTokens", remove: token.id }));
      if (old.length > 0) await ledger.commit(old);
    },
  };
}
