import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import { seal, unseal } from "../auth/seal.ts";

const prefix = "whsec_";

/** A new signing secret: 256 random bits, as the Standard Webhooks specification writes them. */
export const newSigningSecret = (): string => prefix + randomBytes(32).toString("base64");

/**
 * How signing secrets are kept: they must be used again, so they cannot be hashed. They are sealed with
 * a key that is not in the database, so that a copy of the database gives none of them away.
 */
export class SigningSecrets {
  readonly #key: string;

  /** @param secret of the installation, from its settings: 32 characters or more, hard to guess */
  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync("sha256", secret, "", "roster webhook secrets", 32)).toString("hex");
  }

  seal(secret: string): string {
    return seal(secret, this.#key);
  }

  /** @throws Error when it was sealed with another key */
  unseal(sealed: string): string {
    try {
      return unseal(sealed, this.#key);
    } catch (cause) {
      throw new Error("the signing secret cannot be read: ROSTER_SECRET is not what it was", { cause });
    }
  }
}

/**
 * The headers of a message (Standard Webhooks, "Webhook headers"): what it is, when it is sent, and a
 * signature by each of the secrets, so that a receiver can know either of them.
 *
 * @param id has no full stop in it
 * @param at in milliseconds
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
