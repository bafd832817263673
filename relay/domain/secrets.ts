import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** A random secret that a person or a program carries: 256 bits, in base64url. */
export const newSecret = (): string => randomBytes(32).toString("base64url");

/** What is stored of a secret. It is long and random, so a plain SHA-256 is enough. */
export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("base64url");

/** Compares in constant time. */
export function sameSecret(one: string, other: string): boolean {
  const a = createHash("sha256").update(one).digest();
  const b = createHash("sha256").update(other).digest();
  return timingSafeEqual(a, b);
}

/** A tag that only this relay can make for `text` (HMAC-SHA-256). */
export const signText = (key: Uint8Array, text: string): string =>
  createHmac("sha256", key).update(text).digest("base64url");
