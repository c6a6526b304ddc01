import { SigningSecrets } from "./signing.ts";
import { Targets } from "./targets.ts";

/** An installation's webhook settings. */
export interface WebhookSettings {
  /** Seals signing secrets; without it there are no webhooks. */
  secrets: SigningSecrets | undefined;
  targets: Targets;
  /** Milliseconds that a receiver has to answer. */
  timeout: number;
  /** Delays before retries in milliseconds: after the first attempt, the second, … */
  retries: readonly number[];
}

export interface WebhookOptions {
  /** At least 32 characters that cannot be guessed. */
  secret?: string | undefined;
  /** Networks outside the public internet that webhooks may use. */
  allow?: readonly string[] | undefined;
  timeout?: number | undefined;
  retries?: readonly number[] | undefined;
}

const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

/** The schedule from the Standard Webhooks specification: ten attempts in just over three days. */
export const usualRetries = [
  5 * seconds,
  5 * minutes,
  30 * minutes,
  2 * hours,
  5 * hours,
  10 * hours,
  14 * hours,
  20 * hours,
  24 * hours,
];

/** @throws Error if the secret is short or one of the networks is invalid */
export function webhookSettings({
  secret,
  allow = [],
  timeout = 15 * seconds,
  retries = usualRetries,
}: WebhookOptions = {}): WebhookSettings {
  if (secret !== undefined && secret.length < 32)
    throw new Error("webhooks.secret: must have 32 characters or more, that nobody can guess");
  return {
    secrets: secret === undefined ? undefined : new SigningSecrets(secret),
    targets: new Targets(allow),
    timeout,
    retries,
  };
}
