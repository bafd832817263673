import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { PublicKey } from "#protocol/documents";
import { DeviceId, newId, RelayId, RunnerId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import { ifThere, readIfThere } from "#runner/keeper/files";
import { readOwnFile, type TellDamaged } from "#runner/node/damaged-file";
import { fingerprintOf, makeDeviceKey, PrivateKey, publicKeyOf, signProof } from "#runner/node/device-key";
import type { BatonDirs } from "#runner/node/dirs";
import { makePrivateFile, writePrivateFile } from "#runner/node/files";

/** What a pairing with a relay left behind. */
export const Pairing = z.looseObject({
  relayUrl: z.string(),
  relayId: RelayId,
  deviceId: DeviceId,
  team: z.string(),
  pairedAt: z.number().optional().describe("absent: by a version whose runs did not name their relay"),
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
  /** With how many relays the folder is paired. */
  pairingsOf(runnerId: RunnerId): number;
}

/**
 * Loads the identity, or makes it. Several processes may do so at once: the first key that is there stays. A file that
 * was damaged is set aside; its folder is paired again then.
 * @throws BatonError `store_damaged` for a file that the system does not let be read
 */
export function loadIdentity(dirs: BatonDirs, tell: TellDamaged = () => undefined): Identity {
  const folder = join(dirs.data, "identity");
  const key = loadKey(join(folder, "key.json"), tell);
  const publicKey = publicKeyOf(key);
  const pairingFile = (runnerId: RunnerId, relayUrl: string) =>
    join(folder, "pairings", `${runnerId}-${shortHash(normalizeRelayUrl(relayUrl))}.json`);

  return {
    publicKey,
    fingerprint: fingerprintOf(publicKey),
    sign: async (payload) => signProof(key, payload),
    runnerIdOf(realFolder) {
      const file = join(folder, "runners", `${shortHash(folderKey(realFolder))}.json`);
      // What is left of a damaged file may still say who the folder was; its runs and its pairing go by that.
      let runnerId: RunnerId | undefined;
      const tellAndLook: TellDamaged = (error) => {
        tell(error);
        runnerId = runnerIdIn(readIfThere(String(error.params.aside)) ?? "");
      };
      const made = () =>
        makePrivateFile(file, JSON.stringify({ runnerId: runnerId ?? newId("runner"), folder: realFolder }));
      return readOrMake(file, RunnerFile, made, tellAndLook).runnerId;
    },
    pairingOf(runnerId, relayUrl) {
      return readOwnFile(pairingFile(runnerId, relayUrl), Pairing, tell);
    },
    savePairing(runnerId, pairing) {
      writePrivateFile(pairingFile(runnerId, pairing.relayUrl), JSON.stringify(pairing));
    },
    pairingsOf: (runnerId) =>
      (ifThere(() => readdirSync(join(folder, "pairings"))) ?? []).filter((name) => name.startsWith(`${runnerId}-`))
        .length,
  };
}

/** Without what does not tell two relays apart: a slash at the end, a fragment, the case of the host. */
export function normalizeRelayUrl(url: string): string {
  const parsed = new URL(url);
  return `${parsed.protocol}//${parsed.host}${parsed.pathname.replace(/\/+$/, "")}`;
}

const runnerIdIn = (text: string): RunnerId | undefined =>
  RunnerId.safeParse(/[a-z]{3}_[0-9a-f]{32}/.exec(text)?.[0]).data;

const RunnerFile = z.looseObject({ runnerId: RunnerId, folder: z.string() });

const loadKey = (file: string, tell: TellDamaged): PrivateKey =>
  readOrMake(file, PrivateKey, () => makePrivateFile(file, JSON.stringify(makeDeviceKey())), tell);

/** What two processes make at once is what the first of them has made. */
function readOrMake<S extends z.ZodType>(file: string, schema: S, make: () => string, tell: TellDamaged): z.output<S> {
  return readOwnFile(file, schema, tell) ?? parseMessage(schema, make());
}

/** Windows compares paths without case, and an editor writes its drives small where a shell writes them large. */
export const folderKey = (realFolder: string, platform = process.platform): string =>
  platform === "win32" ? realFolder.toLowerCase() : realFolder;

const shortHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32);
