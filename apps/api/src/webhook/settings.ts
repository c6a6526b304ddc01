import { SigningSecrets } from "./signing.ts";
import { Targets } from "./targets.ts";

/** What an installation says about its webhooks. */
export interface WebhookSettings {
  /** What signing secrets are sealed with; without it there are no webhooks. */
  secrets: SigningSecrets | undefined;
  targets: Targets;
  /** For how long a receiver may take to answer, in milliseconds. */
  timeout: number;
  /** After how long a message is tried again, in milliseconds: after the first attempt, the second, … */
  retries: readonly number[];
}

export interface WebhookOptions {
  /** At least 32 characters that nobody can guess. */
  secret?: string | undefined;
  /** Networks that webhooks may lead to although they are not of the public internet. */
  allow?: readonly string[] | undefined;
  timeout?: number | undefined;
  retries?: readonly number[] | undefined;
}

const seconds = 1000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

/** The example of the Standard Webhooks specification: ten attempts in a good three days. */
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

/** @throws Error when one of the networks is none */
export const webhookSettings = ({
  secret,
  allow = [],
  timeout = 15 * seconds,
  retries = usualRetries,
}: WebhookOptions = {}): WebhookSettings => ({
  secrets: secret === undefined ? undefined : new SigningSecrets(secret),
  targets: new Targets(allow),
  timeout,
  retries,
});
