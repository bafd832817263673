import { randomInt } from "node:crypto";
import { BatonError } from "#protocol/errors";
import type { MemberId } from "#protocol/ids";
import { maxOpenPairings, maxOpenPairingsPerAddress, maxPairingTries, pairingMs } from "#relay/caps";
import { addressGroupOf } from "#relay/domain/address-group";
import type { Clock } from "#relay/domain/clock";
import { hashSecret, newSecret } from "#relay/domain/secrets";

/** What asks to be approved, with the code by which a person names it. */
export type Asking<Wish> = Wish & {
  readonly userCode: string;
  /** The address it came from. */
  readonly from: string;
  readonly expiresAt: number;
};

/**
 * Device codes, as RFC 8628 says: something without a browser asks, shows a short code, and waits; a person approves
 * the code. What is open lives in memory: who asked a relay that restarts begins again.
 */
export interface DeviceCodes<Wish, Outcome> {
  /** @throws BatonError `too_many` */
  start(wish: Wish, from: string): { asking: Asking<Wish>; deviceCode: string };
  /**
   * Hands the outcome out: whole to the first who asks, and again only to who asks with the same key.
   *
   * A device code is asked with every few seconds, for minutes, so it is the secret that a proxy's log may hold. It
   * must not be worth anything once its answer is out; and an answer that was lost must not cost a second approval.
   * A key of the device would prove nothing more to an observer of one request, and an editor that signs in has none.
   * So each request carries a key of its own, which is repeated only where an answer was lost: what was seen of the
   * others opens nothing, and whoever was quicker than the one who asked is noticed, because that one gets nothing.
   * @throws BatonError `pairing_pending`, `pairing_declined`, `pairing_invalid`
   */
  finish(deviceCode: string, answerKey?: string): Outcome;
  /**
   * @param by who typed the code: wrong codes are counted per member
   * @throws BatonError `pairing_invalid`, `rate_limited`
   */
  read(code: string, by: MemberId): Asking<Wish>;
  /**
   * Approves it once: whoever approves it while that is being written waits for the same outcome.
   * @throws BatonError as `read`, and what `make` throws; then it can be tried again
   */
  approve(code: string, by: MemberId, make: (asking: Asking<Wish>) => Promise<Outcome>): Promise<Asking<Wish>>;
  /** @throws BatonError as `read` */
  decline(code: string, by: MemberId): void;
}

interface Entry<Wish, Outcome> {
  readonly asking: Asking<Wish>;
  readonly deviceCodeHash: string;
  approving: Promise<void> | undefined;
  outcome: { readonly made: Outcome } | "declined" | undefined;
  /** Who got the outcome; a key of nobody's where it was asked for without one. */
  answeredToHash: string | undefined;
}

/**
 * @param what the wishes as a person reads of them when there are too many: “open pairings”
 * @param withoutSecrets what of an outcome may be answered to anybody with the device code; undefined: nothing
 */
export function createDeviceCodes<Wish extends object, Outcome>(
  clock: Clock,
  what: string,
  withoutSecrets: (outcome: Outcome) => Outcome | undefined,
): DeviceCodes<Wish, Outcome> {
  const open = new Map<string, Entry<Wish, Outcome>>();
  const wrongTries = new Map<MemberId, number[]>();

  const dropOld = () => {
    for (const { asking } of open.values()) if (asking.expiresAt <= clock()) open.delete(asking.userCode);
  };
  const find = (code: string, by: MemberId): Entry<Wish, Outcome> => {
    dropOld();
    const now = clock();
    const tries = (wrongTries.get(by) ?? []).filter((at) => at > now - pairingMs);
    const [oldest] = tries;
    if (tries.length >= maxPairingTries && oldest !== undefined) {
      throw new BatonError("rate_limited", { retryAfterSeconds: Math.ceil((oldest + pairingMs - now) / 1000) });
    }
    const entry = open.get(normalizedCode(code));
    if (!entry || entry.outcome) {
      wrongTries.set(by, [...tries, now]);
      throw new BatonError("pairing_invalid");
    }
    return entry;
  };

  return {
    start(wish, from) {
      dropOld();
      const group = addressGroupOf(from);
      const fromThere = [...open.values()].filter(({ asking }) => addressGroupOf(asking.from) === group).length;
      if (open.size >= maxOpenPairings || fromThere >= maxOpenPairingsPerAddress) {
        throw new BatonError("too_many", { what, max: maxOpenPairingsPerAddress });
      }
      const deviceCode = newSecret();
      const userCode = newUserCode((code) => open.has(code));
      const asking: Asking<Wish> = { ...wish, userCode, from, expiresAt: clock() + pairingMs };
      const deviceCodeHash = hashSecret(deviceCode);
      const entry = { asking, deviceCodeHash, approving: undefined, outcome: undefined, answeredToHash: undefined };
      open.set(userCode, entry);
      return { asking, deviceCode };
    },
    finish(deviceCode, answerKey) {
      dropOld();
      const hash = hashSecret(deviceCode);
      const entry = [...open.values()].find((one) => one.deviceCodeHash === hash);
      if (!entry) throw new BatonError("pairing_invalid");
      if (entry.outcome === undefined) throw new BatonError("pairing_pending");
      if (entry.outcome === "declined") throw new BatonError("pairing_declined");
      const { made } = entry.outcome;
      const keyHash = hashSecret(answerKey ?? newSecret());
      entry.answeredToHash ??= keyHash;
      const answer = entry.answeredToHash === keyHash ? made : withoutSecrets(made);
      if (answer === undefined) throw new BatonError("pairing_invalid");
      return answer;
    },
    read: (code, by) => find(code, by).asking,
    async approve(code, by, make) {
      const entry = find(code, by);
      entry.approving ??= make(entry.asking)
        .then((made) => {
          entry.outcome = { made };
        })
        .finally(() => {
          entry.approving = undefined;
        });
      await entry.approving;
      return entry.asking;
    },
    decline(code, by) {
      const entry = find(code, by);
      if (entry.approving) throw new BatonError("pairing_invalid");
      entry.outcome = "declined";
    },
  };
}

/** Twenty consonants, so that no code is a word (RFC 8628, section 6.1); eight of them are 34.5 bits. */
const codeLetters = "BCDFGHJKLMNPQRSTVWXZ";
const codeLength = 8;

function newUserCode(isTaken: (code: string) => boolean): string {
  for (;;) {
    const letters = Array.from({ length: codeLength }, () => codeLetters[randomInt(codeLetters.length)]).join("");
    const code = `${letters.slice(0, 4)}-${letters.slice(4)}`;
    if (!isTaken(code)) return code;
  }
}

function normalizedCode(code: string): string {
  const letters = code.toUpperCase().replace(/[^A-Z]/g, "");
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
