import { calculateJwkThumbprint } from "jose";
import type { Member, PublicKey, Runner, RunnerBody } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { type DeviceId, type MemberId, newId, type PairingId, type RunnerId } from "#protocol/ids";
import { maxDeviceNameLength } from "#relay/caps";
import type { DomainContext } from "#relay/domain/context";
import { type Asking, createDeviceCodes } from "#relay/domain/device-codes";
import type { EditorSignIn, EditorSignIns } from "#relay/domain/editor-sign-ins";
import type { JoinTokens } from "#relay/domain/join-tokens";
import type { Members } from "#relay/domain/members";
import type { Runners } from "#relay/domain/runners";

/** What a runner shows of itself when it wants to be paired. */
export interface Candidate {
  readonly runnerId: RunnerId;
  readonly publicKey: PublicKey;
  readonly body: RunnerBody;
  /** The editor that wants to be signed in as whoever approves, too. */
  readonly signIn?: { readonly name: string } | undefined;
}

export type Pairing = Asking<Candidate & { readonly id: PairingId; readonly fingerprint: string }>;

interface Paired {
  readonly deviceId: DeviceId;
  readonly memberId: MemberId;
}
type Outcome = Paired & { readonly signedIn?: EditorSignIn };

/**
 * Pairing a runner: by device code, which a person approves; or by a join token.
 */
export interface Pairings {
  /** @throws BatonError `too_many` */
  start(candidate: Candidate, from: string): Promise<{ pairing: Pairing; deviceCode: string }>;
  /**
   * The token of the editor is handed out once, as `DeviceCodes.finish` says; the rest is no secret.
   * @throws BatonError `pairing_pending`, `pairing_declined`, `pairing_invalid`
   */
  finish(deviceCode: string, answerKey?: string): Outcome;
  /**
   * @param by who typed the code: wrong codes are counted per member
   * @throws BatonError `pairing_invalid`, `rate_limited`
   */
  read(code: string, by: MemberId): Pairing;
  /** The runner that a candidate would take the place of: paired already, with another key or by another member. */
  replacedBy(candidate: Candidate, by: MemberId): { name: string; member: string } | undefined;
  /**
   * @param signsIn whether the editor is signed in as `by`, where it asked for that
   * @returns the runner's id. @throws BatonError as `read`; `too_many` for the member's tokens
   */
  approve(code: string, by: Member, signsIn?: boolean): Promise<RunnerId>;
  decline(code: string, by: MemberId): void;
  /** @throws BatonError `join_token_invalid` */
  join(secret: string, candidate: Candidate): Promise<Paired>;
}

interface PairingDeps {
  readonly members: Members;
  readonly runners: Runners;
  readonly joinTokens: JoinTokens;
  readonly editorSignIns: EditorSignIns;
}

export function createPairings(context: DomainContext, deps: PairingDeps): Pairings {
  const { clock, ledger, store } = context;
  const { members, runners, joinTokens, editorSignIns } = deps;
  const codes = createDeviceCodes<Candidate & Pick<Pairing, "id" | "fingerprint">, Outcome>(
    clock,
    "open pairings",
    ({ signedIn: _, ...paired }) => paired,
  );

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
      const fingerprint = await keyFingerprint(candidate.publicKey);
      const { asking, deviceCode } = codes.start({ ...candidate, id: newId("pairing", clock()), fingerprint }, from);
      return { pairing: asking, deviceCode };
    },
    finish: codes.finish,
    read: codes.read,
    replacedBy({ runnerId, publicKey }, by) {
      const known = pairedRunner(runnerId);
      if (!known || (hasKey(known, publicKey) && known.memberId === by)) return undefined;
      return { name: known.body.name, member: store.documents.get("members", known.memberId)?.name ?? "" };
    },
    async approve(code, by, signsIn = false) {
      const { runnerId } = await codes.approve(code, by.id, async (pairing) => {
        const editor = signsIn && pairing.signIn ? editorSignIns.draft(by, pairing.signIn.name) : undefined;
        const paired = await pair(pairing, by.id, [], editor ? [editor.change] : []);
        return { ...paired, ...(editor && { signedIn: editor.signedIn }) };
      });
      return runnerId;
    },
    decline: codes.decline,
    async join(secret, candidate) {
      const { joinToken, change } = joinTokens.redeem(secret);
      const known = pairedRunner(candidate.runnerId);
      // The answer may have been lost: the same key asks again, and costs no second use.
      if (known && hasKey(known, candidate.publicKey)) return { deviceId: known.deviceId, memberId: known.memberId };
      // A token adds machines. Taking over a runner that is there is for a person to approve, or for the server's own
      // user.
      if (known && !joinToken.mayReplace) throw new BatonError("not_yours", { what: "runner" });
      if (!members.find(joinToken.memberId)) throw new BatonError("join_token_invalid");
      return pair(candidate, joinToken.memberId, joinToken.labels, [change]);
    },
  };
}

/** How people compare a key: the JWK thumbprint (RFC 7638), SHA-256, in base64url. */
const keyFingerprint = async (key: PublicKey): Promise<string> => `SHA256:${await calculateJwkThumbprint(key)}`;
