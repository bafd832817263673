import { BatonError } from "#protocol/errors";
import type { KeeperRun } from "#protocol/keeper-link";
import type { Actor } from "#protocol/payloads";
import { localTypingMs } from "#runner/keeper/caps";

/** Who may type into a terminal. Every change of hands is a new epoch, so that what was typed before it is refused. */
export interface Lease {
  describe(): KeeperRun["lease"];
  /**
   * A local taker always gets it; a remote one unless the local user typed just now.
   * @param through the client that asks; the lease ends with it
   * @returns the new epoch
   * @throws BatonError `input_lease_held`
   */
  take(by: Actor, connection: string | undefined, through: object): number;
  /** @returns whether it was the current one */
  release(epoch: number): boolean;
  /** @returns whether this client's going ended it */
  clientGone(client: object): boolean;
  /**
   * Notes typing.
   * @throws BatonError `input_lease_needed` when nobody has the lease, `input_lease_lost` for another epoch
   */
  typed(epoch: number): Actor;
  /** @throws BatonError `input_lease_lost` */
  check(epoch: number): Actor;
}

/** @param now milliseconds of any clock that does not jump */
export function createLease(now: () => number): Lease {
  let epoch = 0;
  let holder: Actor | undefined;
  let connection: string | undefined;
  let through: object | undefined;
  let lastLocalTyping = Number.NEGATIVE_INFINITY;

  const give = (to: Actor | undefined, itsConnection?: string, client?: object) => {
    epoch++;
    holder = to;
    connection = itsConnection;
    through = client;
    return epoch;
  };
  const check = (given: number) => {
    if (!holder) throw new BatonError(given === 0 ? "input_lease_needed" : "input_lease_lost");
    if (given !== epoch) throw new BatonError("input_lease_lost");
    return holder;
  };

  return {
    describe: () => ({
      leaseEpoch: epoch,
      ...(holder && { holder }),
      ...(connection !== undefined && { connection }),
    }),
    take(by, itsConnection, client) {
      if (by.kind !== "local" && holder?.kind === "local" && now() - lastLocalTyping < localTypingMs) {
        throw new BatonError("input_lease_held", { by: holder.name ?? "the local user" });
      }
      return give(by, itsConnection, client);
    },
    release(given) {
      if (!holder || given !== epoch) return false;
      give(undefined);
      return true;
    },
    clientGone(client) {
      if (through !== client) return false;
      give(undefined);
      return true;
    },
    typed(given) {
      const by = check(given);
      if (by.kind === "local") lastLocalTyping = now();
      return by;
    },
    check,
  };
}
