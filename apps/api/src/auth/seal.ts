import { RosterError, type Actor } from "@roster/domain";
import { createCipheriv, createDecipheriv, hash, randomBytes } from "node:crypto";

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
export const sealKeyOf = (token: string): string => hash("sha256", `seal ${token}`, "hex");

/**
 * Replaces the sealed secret of a reply, as the idempotency record keeps it, with the secret itself.
 *
 * @param name the property of the answer that holds the secret
 * @throws RosterError IDEMPOTENCY_MISMATCH when the reply was sealed for another caller
 */
export function unsealed<Reply extends { sealed: string }, Name extends string>(
  { sealed, ...reply }: Reply,
  actor: Actor,
  name: Name,
): Omit<Reply, "sealed"> & Record<Name, string> {
  try {
    return { ...reply, ...({ [name]: unseal(sealed, actor.sealKey) } as Record<Name, string>) };
  } catch (error) {
    throw new RosterError("IDEMPOTENCY_MISMATCH", "the idempotency key was used by another caller", {
      cause: error,
    });
  }
}
