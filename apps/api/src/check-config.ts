import { z } from "zod";
import { origin, primaryUrl, sealingSecret } from "./env.ts";

/** A limit of 0 or NaN would never let anything through. */
const limit = z.number("must be a number").min(1, "must be 1 or more").optional();
const printable = z
  .string("must be text")
  .regex(/^[ -~]*[!-~][ -~]*$/, "must be printable ASCII and not empty")
  .optional();
const milliseconds = z.number("must be a number").min(0, "must be 0 or more");

/** What a program can get wrong in the options of an api, by the rules that a server has for its settings. */
const options = z.object({
  databaseUrl: primaryUrl,
  token: printable,
  metricsToken: printable,
  maxBatch: limit,
  maxQueue: limit,
  patience: milliseconds.optional(),
  databaseWriters: limit,
  scimRate: limit,
  corsOrigins: z.array(origin).optional(),
  webhooks: z
    .object({
      secret: sealingSecret.optional(),
      timeout: milliseconds.min(1, "must be 1 or more").optional(),
      retries: z.array(milliseconds).optional(),
    })
    .optional(),
});

/**
 * Checks the options of an api.
 * @throws Error that names every faulty option, without its value
 */
export function checkConfig(config: object): void {
  const { error } = options.safeParse(config);
  if (!error) return;
  throw new Error(error.issues.map(({ path, message }) => `${path.join(".")} ${message}`).join("; "));
}
