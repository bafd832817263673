import * as z from "zod";
import { MemberId, RelayId, TokenId } from "#protocol/ids";

/** Who is signed in at this editor, at one relay: what the run view and the lists of a team are read with. */
export const Account = z.looseObject({
  v: z.literal(1),
  relay: z.url().describe("the relay's address, without a slash at its end"),
  relayId: RelayId,
  team: z.string(),
  memberId: MemberId,
  name: z.string().describe("the member's"),
  token: z.string().describe("a bearer token, for `relayClient(relay, token, editorNetwork)`"),
  tokenId: TokenId,
  expiresAt: z.number(),
  /** The folders, by their runners, whose pairing signed this editor in. With the last of them it signs out. */
  runnerIds: z.array(z.string()).default([]),
});
export type Account = z.infer<typeof Account>;

/** The accounts of this editor, one for each relay. All windows share them. */
export interface Accounts {
  all(): readonly Account[];
  /** @param relay the relay's address, as a pairing has it */
  of(relay: string): Account | undefined;
  /** Told after an account came, changed or went, also by another window. @returns ends it */
  onChange(listener: () => void): () => void;
  /** To be called when the relay refuses the token (`not_signed_in`): then the account is gone here, too. */
  refused(account: Account): Promise<void>;
}
