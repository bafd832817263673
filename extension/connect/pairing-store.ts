import type { SecretStorage } from "vscode";
import * as z from "zod";
import { BatonError } from "#protocol/errors";
import { DeviceId, MemberId, RelayId, type RunnerId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import { PrivateKey } from "#runner/node/device-key";

/** What is kept of a folder that is connected to a relay. */
export const Pairing = z.looseObject({
  v: z.literal(1),
  relay: z.url(),
  relayId: RelayId,
  team: z.string(),
  deviceId: DeviceId,
  memberId: MemberId,
  pairedAt: z.number().optional().describe("absent: by a version whose runs did not name their relay; they are its"),
  key: PrivateKey.describe("made here for this folder, and never sent"),
});
export type Pairing = z.infer<typeof Pairing>;

/** The pairings, in the editor's SecretStorage: one for each folder, by its runner's id. */
export interface PairingStore {
  read(runnerId: RunnerId): Promise<Pairing | undefined>;
  write(runnerId: RunnerId, pairing: Pairing): Promise<void>;
  remove(runnerId: RunnerId): Promise<void>;
}

interface PairingStoreEvents {
  /** A pairing is gone. */
  readonly removed: (runnerId: RunnerId) => void;
  /** One cannot be read; it is kept under another name, and the folder counts as not connected. */
  readonly damaged: (error: BatonError) => void;
}

export function createPairingStore(secrets: SecretStorage, { removed, damaged }: PairingStoreEvents): PairingStore {
  const keyOf = (runnerId: RunnerId) => `baton.pairing.${runnerId}`;
  return {
    async read(runnerId) {
      const text = await secrets.get(keyOf(runnerId));
      if (text === undefined) return undefined;
      try {
        return parseMessage(Pairing, text);
      } catch {
        await secrets.store(`${keyOf(runnerId)}.damaged`, text);
        await secrets.delete(keyOf(runnerId));
        damaged(new BatonError("pairing_damaged"));
        return undefined;
      }
    },
    write: async (runnerId, pairing) => secrets.store(keyOf(runnerId), JSON.stringify(pairing)),
    async remove(runnerId) {
      await secrets.delete(keyOf(runnerId));
      removed(runnerId);
    },
  };
}
