import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import type { PublicKey } from "#protocol/documents";
import { DeviceId, newId, RelayId, RunnerId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import { readIfThere } from "#runner/keeper/files";
import { fingerprintOf, makeDeviceKey, PrivateKey, publicKeyOf, signProof } from "#runner/node/device-key";
import type { BatonDirs } from "#runner/node/dirs";
import { makePrivateFile, writePrivateFile } from "#runner/node/files";

/** What a pairing with a relay left behind. */
export const Pairing = z.looseObject({
  relayUrl: z.string(),
  relayId: RelayId,
  deviceId: DeviceId,
  team: z.string(),
});
export type Pairing = z.infer<typeof Pairing>;

/** Who a runner is: one key for this user on this machine, one runner id per folder, one device per folder and relay. */
export interface Identity {
  /** Signs what is given, as compact JWS with EdDSA (RFC 7515, RFC 8037). */
  sign(payload: object): Promise<string>;
  readonly publicKey: PublicKey;
  /** What a person compares on the pairing page. */
  readonly fingerprint: string;
  runnerIdOf(folder: string): RunnerId;
  pairingOf(runnerId: RunnerId, relayUrl: string): Pairing | undefined;
  savePairing(runnerId: RunnerId, pairing: Pairing): void;
}

/**
 * Loads the identity, or makes it. Several processes may do so at once: the first key that is there stays.
 * @throws BatonError `message_malformed` for a file that was damaged
 */
export function loadIdentity(dirs: BatonDirs): Identity {
  const folder = join(dirs.data, "identity");
  const key = loadKey(join(folder, "key.json"));
  const publicKey = publicKeyOf(key);
  const pairingFile = (runnerId: RunnerId, relayUrl: string) =>
    join(folder, "pairings", `${runnerId}-${shortHash(normalizeRelayUrl(relayUrl))}.json`);

  return {
    publicKey,
    fingerprint: fingerprintOf(publicKey),
    sign: async (payload) => signProof(key, payload),
    runnerIdOf(realFolder) {
      const file = join(folder, "runners", `${shortHash(folderKey(realFolder))}.json`);
      const text =
        readIfThere(file) ?? makePrivateFile(file, JSON.stringify({ runnerId: newId("runner"), folder: realFolder }));
      return parseMessage(RunnerFile, text).runnerId;
    },
    pairingOf(runnerId, relayUrl) {
      const text = readIfThere(pairingFile(runnerId, relayUrl));
      return text === undefined ? undefined : parseMessage(Pairing, text);
    },
    savePairing(runnerId, pairing) {
      writePrivateFile(pairingFile(runnerId, pairing.relayUrl), JSON.stringify(pairing));
    },
  };
}

/** Without what does not tell two relays apart: a slash at the end, a fragment, the case of the host. */
export function normalizeRelayUrl(url: string): string {
  const parsed = new URL(url);
  return `${parsed.protocol}//${parsed.host}${parsed.pathname.replace(/\/+$/, "")}`;
}

const RunnerFile = z.looseObject({ runnerId: RunnerId, folder: z.string() });

function loadKey(file: string): PrivateKey {
  const text = readIfThere(file) ?? makePrivateFile(file, JSON.stringify(makeDeviceKey()));
  return parseMessage(PrivateKey, text);
}

/** Windows compares paths without case, and an editor writes its drives small where a shell writes them large. */
export const folderKey = (realFolder: string, platform = process.platform): string =>
  platform === "win32" ? realFolder.toLowerCase() : realFolder;

const shortHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32);
