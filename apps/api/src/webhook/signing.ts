import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { seal, unseal } from "../auth/seal.ts";

const prefix = "whsec_";

/** Makes a signing secret: 256 random bits in the format of the Standard Webhooks specification. */
export const newSigningSecret = (): string => prefix + randomBytes(32).toString("base64");

/**
 * Seals signing secrets for storage. They must be usable again, so they cannot be hashed; the key is not in
 * the database, so a copy of the database reveals none of them.
 */
export class SigningSecrets {
  readonly #key: string;

  /** @param secret the installation's ROSTER_SECRET: at least 32 characters, hard to guess */
  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync("sha256", secret, "", "roster webhook secrets", 32)).toString("hex");
  }

  seal(secret: string): string {
    return seal(secret, this.#key);
  }

  /** @throws Error if the secret was sealed with another key */
  unseal(sealed: string): string {
    try {
      return unseal(sealed, this.#key);
    } catch (cause) {
      throw new Error("the signing secret cannot be read: ROSTER_SECRET has changed", { cause });
    }
  }
}

/**
 * The headers of a message (Standard Webhooks, "Webhook headers"): its id, the time, and one signature per
 * secret, so that a receiver can verify with either.
 *
 * @param id must not contain a full stop
 * @param at milliseconds since the epoch
 */
export function signed(
  id: string,
  at: number,
  body: string,
  secrets: readonly string[],
): Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string> {
  const timestamp = String(Math.floor(at / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}
