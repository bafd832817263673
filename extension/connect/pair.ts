import { editorNetwork } from "#extension/connect/editor-network";
import type { Pairing } from "#extension/connect/pairing-store";
import type { RunnerBody } from "#protocol/documents";
import type { RunnerId } from "#protocol/ids";
import { type PairedDevice, type PairingCode, pairByCode } from "#runner/core/pairing";
import { fingerprintOf, makeDeviceKey, publicKeyOf } from "#runner/node/device-key";
import { nodeClock } from "#runner/node/host";
import { createFetch } from "#runner/node/http-fetch";
import { createClient } from "#sdk/client";

interface PairRequest {
  /** The relay's address, without a slash at its end. */
  readonly relay: string;
  readonly runnerId: RunnerId;
  readonly body: RunnerBody;
  /** Asks that this editor is signed in as whoever approves, too. */
  readonly signIn?: { readonly name: string } | undefined;
  /** Told as soon as there is a code for the person to compare and approve. */
  readonly started: (code: PairingCode, fingerprint: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Pairs by device code with a key that is made here, for this folder alone.
 * @throws BatonError `pairing_declined`, `pairing_invalid` when the code got too old, or why the relay was not reached;
 *   the signal's reason when it aborts
 */
export async function pair(request: PairRequest): Promise<{ pairing: Pairing; device: PairedDevice }> {
  const { relay, runnerId, body, signIn, started, signal } = request;
  const client = createClient({ baseUrl: relay, fetch: createFetch(editorNetwork) });
  const key = makeDeviceKey();
  const publicKey = publicKeyOf(key);
  const show = (code: PairingCode) => started(code, fingerprintOf(publicKey));
  const device = await pairByCode(client, nodeClock, { runnerId, publicKey, body, signIn }, show, signal);
  const { deviceId, memberId, relayId, team } = device;
  return { pairing: { v: 1, relay, key, deviceId, memberId, relayId, team }, device };
}
