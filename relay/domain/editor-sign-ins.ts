import { type Member, tokenScopes } from "#protocol/documents";
import type { TokenId } from "#protocol/ids";
import { editorTokenMs } from "#relay/caps";
import type { AccessTokens } from "#relay/domain/access-tokens";
import type { DomainContext } from "#relay/domain/context";
import { type Asking, createDeviceCodes, type DeviceCodes } from "#relay/domain/device-codes";
import type { Change } from "#relay/store/store";

/** What an editor gets that is signed in as a member. */
export interface EditorSignIn {
  readonly memberId: Member["id"];
  readonly name: string;
  readonly token: string;
  readonly tokenId: TokenId;
  readonly expiresAt: number;
}

export type AskingEditor = Asking<{ readonly name: string }>;

/**
 * Signs editors in by device code: as the member who approves it. They get an API token, which stands among that
 * member's and can be revoked there; it reads, prompts and answers, and leaves what is an owner's to a browser.
 */
export interface EditorSignIns
  extends Pick<DeviceCodes<{ readonly name: string }, EditorSignIn>, "start" | "finish" | "read" | "decline"> {
  /** @throws BatonError `pairing_invalid`, `rate_limited`, `too_many` */
  approve(code: string, by: Member): Promise<void>;
  /**
   * Signs in without a code; the change is for the caller to commit.
   * @throws BatonError `too_many`
   */
  draft(member: Member, name: string): { signedIn: EditorSignIn; change: Change };
}

export function createEditorSignIns({ clock, ledger }: DomainContext, tokens: AccessTokens): EditorSignIns {
  const { approve, ...codes } = createDeviceCodes<{ readonly name: string }, EditorSignIn>(
    clock,
    "open sign-ins",
    () => undefined,
  );
  const draft = (member: Member, name: string) => {
    const { token, secret, change } = tokens.draft(member.id, name, tokenScopes, editorTokenMs);
    const { id: tokenId, expiresAt } = token;
    return { signedIn: { memberId: member.id, name: member.name, token: secret, tokenId, expiresAt }, change };
  };
  return {
    ...codes,
    draft,
    async approve(code, by) {
      await approve(code, by.id, async ({ name }) => {
        const { signedIn, change } = draft(by, name);
        await ledger.commit([change]);
        return signedIn;
      });
    },
  };
}
