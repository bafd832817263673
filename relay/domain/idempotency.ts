import { createHash } from "node:crypto";
import { BatonError } from "#protocol/errors";
import type { MemberId, PromptId } from "#protocol/ids";
import { idempotencyMs, maxIdempotencyKeys } from "#relay/caps";
import type { DomainContext } from "#relay/domain/context";

interface Known {
  readonly promptId: PromptId;
  /** Absent where only the open prompt itself says that the key was used. */
  readonly contentHash?: string;
  readonly at: number;
}

/**
 * The idempotency keys of queued prompts, per member, for a day. They stand in the prompts while these are open, and
 * in the audit log, from which they are read again at a start: a retry after a restart queues nothing twice, even
 * if the prompt has ended in the meantime.
 */
export interface IdempotencyKeys {
  /**
   * @returns the prompt that this key made before
   * @throws BatonError `idempotency_mismatch` where it came with other content
   */
  find(memberId: MemberId, key: string, contentHash: string): PromptId | undefined;
  remember(memberId: MemberId, key: string, known: { promptId: PromptId; contentHash: string }): void;
  /** Where nothing came of it after all. */
  forget(memberId: MemberId, key: string): void;
}

/** What the audit entry of a queued prompt says besides. */
export const idempotencyDetails = (key: string, contentHash: string) => ({ idempotencyKey: key, contentHash });
/** The action of that entry: the name of its endpoint. */
const queuePromptAction = "queuePrompt";

export const contentHashOf = (content: unknown): string =>
  createHash("sha256").update(JSON.stringify(content)).digest("base64url").slice(0, 22);

export async function createIdempotencyKeys({ store, clock }: DomainContext): Promise<IdempotencyKeys> {
  const keys = new Map<string, Known>();
  const nameOf = (memberId: MemberId, key: string) => `${memberId} ${key}`;
  const put = (name: string, known: Known) => {
    keys.delete(name);
    keys.set(name, known);
    for (const [oldest, { at }] of keys) {
      if (keys.size <= maxIdempotencyKeys && at > clock() - idempotencyMs) break;
      keys.delete(oldest);
    }
  };

  for (const entry of await recentEntries(store.audit, clock() - idempotencyMs)) {
    const { idempotencyKey, contentHash } = entry.details ?? {};
    if (entry.action !== queuePromptAction || !entry.memberId || !entry.target || !idempotencyKey) continue;
    put(nameOf(entry.memberId, String(idempotencyKey)), {
      promptId: entry.target,
      at: entry.at,
      ...(contentHash !== undefined && { contentHash: String(contentHash) }),
    });
  }
  for (const prompt of store.documents.all("prompts")) {
    if (!prompt.idempotencyKey) continue;
    const name = nameOf(prompt.memberId, prompt.idempotencyKey);
    if (!keys.has(name)) put(name, { promptId: prompt.id, at: prompt.createdAt });
  }

  return {
    find(memberId, key, contentHash) {
      const known = keys.get(nameOf(memberId, key));
      if (!known || known.at <= clock() - idempotencyMs) return undefined;
      if (known.contentHash !== undefined && known.contentHash !== contentHash) {
        throw new BatonError("idempotency_mismatch");
      }
      return known.promptId;
    },
    remember: (memberId, key, known) => put(nameOf(memberId, key), { ...known, at: clock() }),
    forget: (memberId, key) => keys.delete(nameOf(memberId, key)),
  };
}

/** Entries from `since` on, oldest first. */
async function recentEntries(audit: DomainContext["store"]["audit"], since: number) {
  const entries = [];
  let cursor: string | undefined;
  do {
    const page = await audit.page({ limit: 200, ...(cursor !== undefined && { cursor }) });
    const recent = page.entries.filter((entry) => entry.at >= since);
    entries.push(...recent);
    cursor = recent.length === page.entries.length && entries.length < maxIdempotencyKeys ? page.next : undefined;
  } while (cursor !== undefined);
  return entries.reverse();
}
