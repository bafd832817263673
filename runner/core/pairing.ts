import type { RequestOf, ResponseOf } from "#protocol/api";
import type { PublicKey, RunnerBody } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { RunnerId } from "#protocol/ids";
import type { Clock } from "#runner/core/host";
import { waitFor } from "#runner/core/wait-for";
import { isAnswerLost } from "#sdk/client";
import { randomKey } from "#sdk/random-key";

/** The calls of the relay that pairing needs; the SDK's client has them. */
export interface PairingCalls {
  call<N extends "startPairing" | "finishPairing" | "startSignIn" | "finishSignIn" | "join">(
    name: N,
    request: RequestOf<N>,
  ): Promise<ResponseOf<N>>;
}

export interface PairingCandidate {
  readonly runnerId: RunnerId;
  readonly publicKey: PublicKey;
  readonly body: RunnerBody;
  /** The editor that asks to be signed in as whoever approves, too. */
  readonly signIn?: { readonly name: string } | undefined;
}

export type PairedDevice = ResponseOf<"finishPairing">;
export type SignedInEditor = ResponseOf<"finishSignIn">;

/** What a person needs to approve a runner on the relay's page. */
export interface PairingCode {
  readonly userCode: string;
  readonly verificationUrl: string;
  readonly expiresAt: number;
}

/**
 * Pairs a runner by device code (RFC 8628): shows a code, then waits for somebody to approve it.
 * @param show called once, when the code is there
 * @param signal ends the waiting; then this rejects with the signal's reason
 * @throws BatonError `pairing_declined`, `pairing_invalid` when the code is too old
 */
export async function pairByCode(
  calls: PairingCalls,
  clock: Clock,
  candidate: PairingCandidate,
  show: (code: PairingCode) => void,
  signal: AbortSignal,
): Promise<PairedDevice> {
  const { deviceCode, intervalMs, ...code } = await calls.call("startPairing", { body: candidate });
  show(code);
  const ask = (answerKey: string) => calls.call("finishPairing", { body: { deviceCode, answerKey } });
  return untilDecided(ask, clock, intervalMs, signal);
}

/**
 * Signs an editor in by device code, as the member who approves it.
 * @param name what the editor is called
 * @param show called once, when the code is there
 * @param signal ends the waiting; then this rejects with the signal's reason
 * @throws BatonError `pairing_declined`, `pairing_invalid` when the code is too old
 */
export async function signInByCode(
  calls: PairingCalls,
  clock: Clock,
  name: string,
  show: (code: PairingCode) => void,
  signal: AbortSignal,
): Promise<SignedInEditor> {
  const { deviceCode, intervalMs, ...code } = await calls.call("startSignIn", { body: { name } });
  show(code);
  const ask = (answerKey: string) => calls.call("finishSignIn", { body: { deviceCode, answerKey } });
  return untilDecided(ask, clock, intervalMs, signal);
}

/** @param ask asks the relay, with a key that is the same as before only where the answer before may have been lost */
async function untilDecided<T>(
  ask: (answerKey: string) => Promise<T>,
  clock: Clock,
  intervalMs: number,
  signal: AbortSignal,
): Promise<T> {
  let lostKey: string | undefined;
  for (;;) {
    await waitFor({ clock }, intervalMs, signal);
    signal.throwIfAborted();
    const answerKey = lostKey ?? randomKey();
    try {
      return await ask(answerKey);
    } catch (error) {
      if (!(error instanceof BatonError) || !waitingCodes.has(error.code)) throw error;
      // Once lost, an answer may be the one that counts until another one has come.
      lostKey = isAnswerLost(error) ? answerKey : undefined;
    }
  }
}

/** Pairs a machine without a person. @throws BatonError `join_token_invalid` */
export const pairByToken = (calls: PairingCalls, candidate: PairingCandidate, token: string): Promise<PairedDevice> =>
  calls.call("join", { body: { token, ...candidate } });

/** Nobody has decided yet, or the answer did not arrive. */
const waitingCodes = new Set<string>([
  "pairing_pending",
  "connection_lost",
  "timeout",
  "rate_limited",
  "shutting_down",
]);
