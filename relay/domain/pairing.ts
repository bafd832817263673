import { randomInt } from "node:crypto";
import { calculateJwkThumbprint } from "jose";
import type { Member, PublicKey, Runner, RunnerBody } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { type DeviceId, type MemberId, newId, type PairingId, type RunnerId } from "#protocol/ids";
import {
  maxDeviceNameLength,
  maxOpenPairings,
  maxOpenPairingsPerAddress,
  maxPairingTries,
  pairingMs,
} from "#relay/caps";
import { addressGroupOf } from "#relay/domain/address-group";
import type { DomainContext } from "#relay/domain/context";
import type { JoinTokens } from "#relay/domain/join-tokens";
import type { Members } from "#relay/domain/members";
import type { Runners } from "#relay/domain/runners";
import { hashSecret, newSecret } from "#relay/domain/secrets";

/** What a runner shows of itself when it wants to be paired. */
export interface Candidate {
  readonly runnerId: RunnerId;
  readonly publicKey: PublicKey;
  readonly body: RunnerBody;
}

export interface Pairing extends Candidate {
  readonly id: PairingId;
  readonly userCode: string;
  readonly fingerprint: string;
  /** The address it came from. */
  readonly from: string;
  readonly expiresAt: number;
}

/**
 * Pairing a runner: by device code, as RFC 8628 says, which a person approves; or by a join token. Open pairings
 * live in memory: a runner whose relay restarts begins again.
 */
export interface Pairings {
  /** @throws BatonError `too_many` */
  start(candidate: Candidate, from: string): Promise<{ pairing: Pairing; deviceCode: string }>;
  /** @throws BatonError `pairing_pending`, `pairing_declined`, `pairing_invalid` */
  finish(deviceCode: string): { deviceId: DeviceId; memberId: MemberId };
  /**
   * @param by who typed the code: wrong codes are counted per member
   * @throws BatonError `pairing_invalid`, `rate_limited`
   */
  read(code: string, by: MemberId): Pairing;
  /** The runner that a candidate would take the place of: paired already, with another key or by another member. */
  replacedBy(candidate: Candidate, by: MemberId): { name: string; member: string } | undefined;
  /** @returns the runner's id. @throws BatonError as `read` */
  approve(code: string, by: Member): Promise<RunnerId>;
  decline(code: string, by: MemberId): void;
  /** @throws BatonError `join_token_invalid` */
  join(secret: string, candidate: Candidate): Promise<{ deviceId: DeviceId; memberId: MemberId }>;
}

type Open = Pairing & {
  readonly deviceCodeHash: string;
  /** Set while an approval is being written: whoever approves it meanwhile waits for the same one. */
  approving: Promise<void> | undefined;
  outcome: { deviceId: DeviceId; memberId: MemberId } | "declined" | undefined;
};

export function createPairings(
  context: DomainContext,
  deps: { members: Members; runners: Runners; joinTokens: JoinTokens },
): Pairings {
  const { clock, ledger, store } = context;
  const { members, runners, joinTokens } = deps;
  const open = new Map<string, Open>();
  const wrongTries = new Map<MemberId, number[]>();

  const dropOld = () => {
    for (const pairing of open.values()) if (pairing.expiresAt <= clock()) open.delete(pairing.userCode);
  };

  const find = (code: string, by: MemberId): Open => {
    dropOld();
    const now = clock();
    const tries = (wrongTries.get(by) ?? []).filter((at) => at > now - pairingMs);
    const [oldest] = tries;
    if (tries.length >= maxPairingTries && oldest !== undefined) {
      throw new BatonError("rate_limited", { retryAfterSeconds: Math.ceil((oldest + pairingMs - now) / 1000) });
    }
    const pairing = open.get(normalizedCode(code));
    if (!pairing || pairing.outcome) {
      wrongTries.set(by, [...tries, now]);
      throw new BatonError("pairing_invalid");
    }
    return pairing;
  };

  /** The runner of this id, as long as nobody has revoked it. */
  const pairedRunner = (id: RunnerId): Runner | undefined => {
    const known = runners.get(id);
    return known && known.state !== "revoked" ? known : undefined;
  };
  const hasKey = ({ deviceId }: Runner, { x }: PublicKey): boolean => {
    const device = store.documents.get("devices", deviceId);
    return device !== undefined && device.revokedAt === undefined && device.keys.some((key) => key.x === x);
  };

  const pair = async (
    candidate: Candidate,
    memberId: MemberId,
    labels: readonly string[],
    more: Parameters<typeof ledger.commit>[0],
  ) => {
    const { name, host } = candidate.body;
    const deviceName = `${name} on ${host}`.slice(0, maxDeviceNameLength);
    const device = members.makeDevice(memberId, "runner", deviceName, [candidate.publicKey]);
    await ledger.commit([...more, ...runners.pair({ id: candidate.runnerId, device, body: candidate.body, labels })]);
    return { deviceId: device.id, memberId };
  };

  return {
    async start(candidate, from) {
      dropOld();
      const group = addressGroupOf(from);
      const fromThere = [...open.values()].filter((pairing) => addressGroupOf(pairing.from) === group).length;
      if (open.size >= maxOpenPairings || fromThere >= maxOpenPairingsPerAddress) {
        throw new BatonError("too_many", { what: "open pairings", max: maxOpenPairingsPerAddress });
      }
      const deviceCode = newSecret();
      const pairing: Open = {
        ...candidate,
        id: newId("pairing", clock()),
        userCode: newUserCode((code) => open.has(code)),
        fingerprint: await keyFingerprint(candidate.publicKey),
        from,
        expiresAt: clock() + pairingMs,
        deviceCodeHash: hashSecret(deviceCode),
        approving: undefined,
        outcome: undefined,
      };
      open.set(pairing.userCode, pairing);
      return { pairing, deviceCode };
    },
    finish(deviceCode) {
      dropOld();
      const hash = hashSecret(deviceCode);
      const pairing = [...open.values()].find((one) => one.deviceCodeHash === hash);
      if (!pairing) throw new BatonError("pairing_invalid");
      if (pairing.outcome === undefined) throw new BatonError("pairing_pending");
      if (pairing.outcome === "declined") throw new BatonError("pairing_declined");
      return pairing.outcome;
    },
    read: find,
    replacedBy({ runnerId, publicKey }, by) {
      const known = pairedRunner(runnerId);
      if (!known || (hasKey(known, publicKey) && known.memberId === by)) return undefined;
      return { name: known.body.name, member: store.documents.get("members", known.memberId)?.name ?? "" };
    },
    async approve(code, by) {
      const pairing = find(code, by.id);
      pairing.approving ??= pair(pairing, by.id, [], [])
        .then((outcome) => {
          pairing.outcome = outcome;
        })
        .finally(() => {
          pairing.approving = undefined;
        });
      await pairing.approving;
      return pairing.runnerId;
    },
    decline(code, by) {
      const pairing = find(code, by);
      if (pairing.approving) throw new BatonError("pairing_invalid");
      pairing.outcome = "declined";
    },
    async join(secret, candidate) {
      const { joinToken, change } = joinTokens.redeem(secret);
      const known = pairedRunner(candidate.runnerId);
      // The answer may have been lost: the same key asks again, and costs no second use.
      if (known && hasKey(known, candidate.publicKey)) return { deviceId: known.deviceId, memberId: known.memberId };
      // A token adds machines. Taking over a runner that is there is for a person to approve.
      if (known) throw new BatonError("not_yours", { what: "runner" });
      if (!members.find(joinToken.memberId)) throw new BatonError("join_token_invalid");
      return pair(candidate, joinToken.memberId, joinToken.labels, [change]);
    },
  };
}

/** How people compare a key: the JWK thumbprint (RFC 7638), SHA-256, in base64url. */
const keyFingerprint = async (key: PublicKey): Promise<string> => `SHA256:${await calculateJwkThumbprint(key)}`;

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
