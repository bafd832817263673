import { jwtVerify, SignJWT } from "jose";
import { BatonError } from "#protocol/errors";
import { type DeviceId, type MemberId, newId } from "#protocol/ids";
import { accessTokenMs, refreshGraceMs, refreshTokenMs } from "#relay/caps";
import type { DomainContext } from "#relay/domain/context";
import { hashSecret, newSecret, sameSecret, signText } from "#relay/domain/secrets";
import type { StoredSession } from "#relay/store/secrets";
import type { Change } from "#relay/store/store";

export interface SessionTokens {
  readonly access: string;
  readonly refresh: string;
}

/** Who a session stands for. */
export interface SessionHolder {
  readonly sessionId: string;
  readonly memberId: MemberId;
  readonly deviceId: DeviceId;
}

/**
 * Signed-in devices: an access token (JWT, HS256) that lives ten minutes, and a family of rotating refresh tokens.
 * A refresh token that was replaced ends its family when it is used again (RFC 9700, section 4.14.2); for a moment
 * after the rotation it gets the same successor once more, because the answer may have been lost on its way.
 */
export interface Sessions {
  /**
   * A session; the change is for the caller to commit, at once: what let the member in is used up by the same commit.
   * Its tokens are made afterwards.
   */
  begin(memberId: MemberId, deviceId: DeviceId): { change: Change; tokens: () => Promise<SessionTokens> };
  /** @returns undefined for a token that is wrong, too old, or of a session that has ended */
  check(access: string): Promise<SessionHolder | undefined>;
  /** @throws BatonError `session_expired`, `session_reused`: then the family has ended */
  refresh(refresh: string): Promise<{ holder: SessionHolder; tokens: SessionTokens }>;
  /** Ends the sessions of a device, and the device. */
  end(deviceId: DeviceId): Promise<void>;
  /** Told when sessions end, by whatever way; the device's sockets close. */
  onEnd(listener: (deviceId: DeviceId, error: BatonError) => void): void;
  sweep(): Promise<void>;
}

export function createSessions({ store, ledger, clock, key, relayId }: DomainContext): Sessions {
  const { documents } = store;
  const listeners = new Set<(deviceId: DeviceId, error: BatonError) => void>();

  const accessToken = (session: StoredSession) =>
    new SignJWT({ dev: session.deviceId, sid: session.id })
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer(relayId)
      .setSubject(session.memberId)
      .setIssuedAt(Math.floor(clock() / 1000))
      .setExpirationTime(Math.floor((clock() + accessTokenMs) / 1000))
      .sign(key);

  /** Made from the session and the time of its rotation, so that a lost answer can be given again word for word. */
  const refreshToken = (id: string, rotatedAt: number) => {
    const text = `${id}.${rotatedAt}`;
    return `${text}.${signText(key, `refresh:${text}`)}`;
  };
  const tokensOf = async (session: StoredSession): Promise<SessionTokens> => ({
    access: await accessToken(session),
    refresh: refreshToken(session.id, session.rotatedAt),
  });
  const holderOf = (session: StoredSession): SessionHolder => ({
    sessionId: session.id,
    memberId: session.memberId,
    deviceId: session.deviceId,
  });

  const endDevice = async (deviceId: DeviceId, error: BatonError) => {
    const changes: Change[] = documents
      .all("sessions")
      .filter((session) => session.deviceId === deviceId)
      .map((session) => ({ collection: "sessions", remove: session.id }));
    const device = documents.get("devices", deviceId);
    if (device && device.revokedAt === undefined) {
      changes.push({ collection: "devices", put: { ...device, revokedAt: clock() } });
    }
    await ledger.commit(changes);
    for (const listener of listeners) listener(deviceId, error);
  };

  return {
    begin(memberId, deviceId) {
      const now = clock();
      const id = newId("token", now).slice(4) + newSecret().slice(0, 8);
      const session: StoredSession = {
        v: 1,
        rev: 0,
        id,
        memberId,
        deviceId,
        refreshHash: hashSecret(refreshToken(id, now)),
        rotatedAt: now,
        expiresAt: now + refreshTokenMs,
      };
      return { change: { collection: "sessions", put: session }, tokens: () => tokensOf(session) };
    },

    async check(access) {
      const verified = await jwtVerify(access, key, {
        algorithms: ["HS256"],
        issuer: relayId,
        currentDate: new Date(clock()),
      }).catch(() => undefined);
      const session = verified && documents.get("sessions", String(verified.payload.sid));
      return session && session.expiresAt > clock() ? holderOf(session) : undefined;
    },

    async refresh(refresh) {
      const [id = "", rotatedAt = "", tag = ""] = refresh.split(".");
      const now = clock();
      const isOurs = sameSecret(tag, signText(key, `refresh:${id}.${rotatedAt}`));
      const session = isOurs ? documents.get("sessions", id) : undefined;
      if (!session || session.expiresAt <= now) throw new BatonError("session_expired");
      const hash = hashSecret(refresh);
      if (session.previousHash === hash && now - session.rotatedAt <= refreshGraceMs) {
        return { holder: holderOf(session), tokens: await tokensOf(session) };
      }
      if (session.refreshHash !== hash) {
        const error = new BatonError("session_reused");
        await endDevice(session.deviceId, error);
        throw error;
      }
      // A rotation within the same millisecond would make the same token again.
      const rotated: StoredSession = {
        ...session,
        previousHash: hash,
        rotatedAt: Math.max(now, session.rotatedAt + 1),
        expiresAt: now + refreshTokenMs,
      };
      const next = { ...rotated, refreshHash: hashSecret(refreshToken(id, rotated.rotatedAt)) };
      await ledger.commit([{ collection: "sessions", put: next }]);
      return { holder: holderOf(next), tokens: await tokensOf(next) };
    },

    end: (deviceId) => endDevice(deviceId, new BatonError("session_expired")),
    onEnd: (listener) => listeners.add(listener),
    async sweep() {
      const now = clock();
      const old = documents.all("sessions").filter((session) => session.expiresAt <= now);
      if (old.length > 0) await ledger.commit(old.map((session) => ({ collection: "sessions", remove: session.id })));
    },
  };
}
