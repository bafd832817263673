import type * as z from "zod";
import type { AccessToken, TokenScope } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { type MemberId, newId, TokenId } from "#protocol/ids";
import type { Role } from "#protocol/roles";
import { lastUsedWriteMs, maxTokensPerMember } from "#relay/caps";
import type { DomainContext } from "#relay/domain/context";
import { hashSecret, newSecret, sameSecret } from "#relay/domain/secrets";
import type { Change, OpenDocuments } from "#relay/store/store";

export type Scope = z.infer<typeof TokenScope>;

/** API tokens of members: scoped, expiring, stored as a hash. */
export interface AccessTokens {
  listOf(memberId: MemberId): AccessToken[];
  /**
   * A token; the change is for the caller to commit.
   * @throws BatonError `too_many`
   */
  draft(
    memberId: MemberId,
    name: string,
    scopes: readonly Scope[],
    lifetimeMs: number,
  ): { token: AccessToken; secret: string; change: Change };
  /** @throws BatonError `not_found`, also for somebody else's */
  remove(memberId: MemberId, id: TokenId): Promise<void>;
  /** @returns undefined for a secret that is wrong, revoked or too old */
  check(secret: string): AccessToken | undefined;
  sweep(): Promise<void>;
}

const secretPrefix = "baton_";

/** What a token's scopes allow at most. Reading is implied by the others. */
export const roleOfScopes = (scopes: readonly string[]): Role =>
  scopes.includes("approve") ? "approver" : scopes.includes("prompt") ? "prompter" : "viewer";

export function createAccessTokens({ store, ledger, clock }: DomainContext): AccessTokens {
  const { documents } = store;
  const listOf = (memberId: MemberId) =>
    documents
      .all("tokens")
      .filter((token) => token.memberId === memberId && token.expiresAt > clock())
      .map(withoutSecret);
  return {
    listOf,
    draft(memberId, name, scopes, lifetimeMs) {
      if (listOf(memberId).length >= maxTokensPerMember) {
        throw new BatonError("too_many", { what: "API tokens", max: maxTokensPerMember });
      }
      const now = clock();
      const id = newId("token", now);
      const secret = `${secretPrefix}${id.slice(4)}_${newSecret()}`;
      const token: AccessToken = {
        v: 1,
        rev: 0,
        id,
        memberId,
        name,
        scopes: [...new Set(scopes)],
        createdAt: now,
        expiresAt: now + lifetimeMs,
      };
      return { token, secret, change: { collection: "tokens", put: { ...token, secretHash: hashSecret(secret) } } };
    },
    async remove(memberId, id) {
      if (documents.get("tokens", id)?.memberId !== memberId) throw new BatonError("not_found", { what: "token" });
      await ledger.commit([{ collection: "tokens", remove: id }]);
    },
    check(secret) {
      const id = TokenId.safeParse(`tok_${secret.slice(secretPrefix.length).split("_", 1)[0]}`);
      const token = id.success ? documents.get("tokens", id.data) : undefined;
      const now = clock();
      if (!token || token.expiresAt <= now || !sameSecret(token.secretHash, hashSecret(secret))) return undefined;
      if (now - (token.lastUsedAt ?? 0) >= lastUsedWriteMs) {
        // A lost note of a last use is no loss, and the store's health says by itself that it cannot write.
        ledger.commit([{ collection: "tokens", put: { ...token, lastUsedAt: now } }]).catch(() => undefined);
      }
      return withoutSecret(token);
    },
    async sweep() {
      const now = clock();
      const old: Change[] = documents
        .all("tokens")
        .filter((token) => token.expiresAt <= now)
        .map((token) => ({ collection: "tokens", remove: token.id }));
      if (old.length > 0) await ledger.commit(old);
    },
  };
}

function withoutSecret(document: OpenDocuments["tokens"]): AccessToken {
  const { secretHash: _, ...rest } = document;
  return rest as AccessToken;
}
