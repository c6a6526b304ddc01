import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

/**
 * Encrypts a secret for a repeated answer to the same caller: AES-256-GCM with a key derived from the
 * caller's token. Neither tokens nor these keys are stored.
 */
export function seal(secret: string, sealKey: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(sealKey, "hex"), iv);
  const sealed = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url");
}

export function unseal(sealed: string, sealKey: string): string {
  const bytes = Buffer.from(sealed, "base64url");
  const cipher = createDecipheriv("aes-256-gcm", Buffer.from(sealKey, "hex"), bytes.subarray(0, 12));
  cipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString("utf8");
}

/** Derives a caller's key from its token. */
export const sealKeyOf = (token: string): string =>
  createHash("sha256").update(`seal ${token}`).digest("hex");
