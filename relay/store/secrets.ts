import type { DeviceId, MemberId } from "#protocol/ids";

/** Secrets are kept as their SHA-256 (they are random and long, so a plain hash is enough) and compared in constant time. */
export interface StoredSecret {
  readonly secretHash: string;
}

/** A signed-in device: a family of rotating refresh tokens. Use of an old one ends the family (RFC 9700, 4.14.2). */
export interface StoredSession {
  readonly v: 1;
  readonly rev: number;
  readonly id: string;
  readonly memberId: MemberId;
  readonly deviceId: DeviceId;
  readonly refreshHash: string;
  /** The token before, still taken for a moment, so that a lost answer signs nobody out. */
  readonly previousHash?: string;
  readonly rotatedAt: number;
  readonly expiresAt: number;
}
