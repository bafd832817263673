import { createHash, createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import * as z from "zod";
import { PublicKey } from "#protocol/documents";

/** A device's Ed25519 key with its private half (RFC 8037), which never leaves the device. */
export const PrivateKey = PublicKey.extend({ d: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });
export type PrivateKey = z.infer<typeof PrivateKey>;

export function makeDeviceKey(): PrivateKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { kty, crv, x, d } = privateKey.export({ format: "jwk" });
  return PrivateKey.parse({ kty, crv, x, d });
}

export const publicKeyOf = ({ kty, crv, x }: PrivateKey): PublicKey => ({ kty, crv, x });

/** How people compare a key: the JWK thumbprint (RFC 7638), SHA-256, in base64url, as the relay shows it. */
export function fingerprintOf({ crv, kty, x }: PublicKey): string {
  return `SHA256:${createHash("sha256").update(JSON.stringify({ crv, kty, x })).digest("base64url")}`;
}

/**
 * Signs as compact JWS with EdDSA (RFC 7515, RFC 8037), by Node's own crypto: one algorithm and three lines need no
 * library.
 */
export function signProof(key: PrivateKey, payload: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "EdDSA" })}.${part(payload)}`;
  const signature = sign(null, Buffer.from(signed), createPrivateKey({ key: { ...key }, format: "jwk" }));
  return `${signed}.${signature.toString("base64url")}`;
}
