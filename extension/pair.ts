import type { Pairing } from "#extension/pairing-store";
import type { RunnerBody } from "#protocol/documents";
import type { RunnerId } from "#protocol/ids";
import { type PairingCode, pairByCode } from "#runner/core/pairing";
import { fingerprintOf, makeDeviceKey, publicKeyOf } from "#runner/node/device-key";
import { nodeClock } from "#runner/node/host";
import { nodeFetch } from "#runner/node/http-fetch";
import { createClient } from "#sdk/client";

interface PairRequest {
  /** The relay's address, without a slash at its end. */
  readonly relay: string;
  readonly runnerId: RunnerId;
  readonly body: RunnerBody;
  /** Told as soon as there is a code for the person to compare and approve. */
  readonly started: (code: PairingCode, fingerprint: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Pairs by device code with a key that is made here, for this folder alone.
 * @throws BatonError `pairing_declined`, `pairing_invalid` when the code got too old, or why the relay was not reached;
 *   the signal's reason when it aborts
 */
export async function pair({ relay, runnerId, body, started, signal }: PairRequest): Promise<Pairing> {
  const client = createClient({ baseUrl: relay, fetch: nodeFetch });
  const key = makeDeviceKey();
  const publicKey = publicKeyOf(key);
  const show = (code: PairingCode) => started(code, fingerprintOf(publicKey));
  const device = await pairByCode(client, nodeClock, { runnerId, publicKey, body }, show, signal);
  return { v: 1, relay, key, ...device };
}
