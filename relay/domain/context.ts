import type { RelayId } from "#protocol/ids";
import type { ChangeFeed, Ledger } from "#relay/domain/changes";
import type { Clock } from "#relay/domain/clock";
import type { Store } from "#relay/store/store";

/** What every part of the domain is given. */
export interface DomainContext {
  readonly relayId: RelayId;
  /** 256 bits that only this relay knows: signs sessions and invitations. */
  readonly key: Uint8Array;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
}
