import type { SecretStorage } from "vscode";
import * as z from "zod";
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
  key: PrivateKey.describe("made here for this folder, and never sent"),
});
export type Pairing = z.infer<typeof Pairing>;

/** The pairings, in the editor's SecretStorage: one for each folder, by its runner's id. */
export interface PairingStore {
  read(runnerId: RunnerId): Promise<Pairing | undefined>;
  write(runnerId: RunnerId, pairing: Pairing): Promise<void>;
  remove(runnerId: RunnerId): Promise<void>;
}

/** @param removed told after a pairing is gone */
export function createPairingStore(secrets: SecretStorage, removed: (runnerId: RunnerId) => void): PairingStore {
  const keyOf = (runnerId: RunnerId) => `baton.pairing.${runnerId}`;
  return {
    async read(runnerId) {
      const text = await secrets.get(keyOf(runnerId));
      return text === undefined ? undefined : parseMessage(Pairing, text);
    },
    write: async (runnerId, pairing) => secrets.store(keyOf(runnerId), JSON.stringify(pairing)),
    async remove(runnerId) {
      await secrets.delete(keyOf(runnerId));
      removed(runnerId);
    },
  };
}
