import { z } from "zod";
import type { OpenIdSettings } from "./auth/openid.ts";
import { readAddress, readPrimaryAddress } from "./store/postgres/address.ts";
import { samplers, type Sampling } from "./observe/sampling.ts";
import { isNetwork } from "./webhook/targets.ts";

const levels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

const usualDatabase = "sqlite:.data/roster.db";
/** SQLite's own URIs, such as `file:x?mode=ro`, are refused: they would become file names. */
const databaseUrl = z.string().regex(/^(sqlite:(?!\/\/|file:|:(?!memory:$))[^?]+$|postgres(ql)?:\/\/.+)/s, {
  error:
    "must be sqlite: and the path of a file, such as sqlite:.data/roster.db, or the address of a PostgreSQL database, such as postgres://user:password@host/database",
  abort: true,
});

const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\/.+/s, { error: "must be the address of a PostgreSQL database", abort: true });

/** Reports the error of a reader of addresses. */
const readBy =
  (read: (url: string) => unknown) =>
  (url: string, ctx: z.RefinementCtx<string>): void => {
    try {
      if (!url.startsWith("sqlite:")) read(url);
    } catch (error) {
      ctx.addIssue({ code: "custom", message: `is not a usable address: ${(error as Error).message}` });
    }
  };

const token = z.string().regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces");

/** A token that an operator chooses can be guessed, so it must be long. */
const chosenToken = token.refine(
  (text) => text.length >= 16 && new Set(text).size >= 8,
  "must have 16 characters or more, 8 of them different, that nobody can guess, such as openssl rand -base64 24 gives",
);

/** A number, given by the form of its text. @param range for the message: the numbers that have this form */
const numberIn = (range: string, form: RegExp) =>
  z.string().regex(form, `must be a number ${range}`).transform(Number);

const receiver = z.url({ protocol: /^https?$/, error: "must be an http:// or https:// address" });
const protocol = z.literal("http/json", "must be http/json, the only supported protocol");

/** Variables that OpenTelemetry defines. Its exporter reads further ones by itself. */
const openTelemetry = {
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol.optional(),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol.optional(),
  OTEL_TRACES_EXPORTER: z.enum(["otlp", "none"], "must be otlp or none").default("otlp"),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers, `must be one of ${samplers.join(", ")}`)
    .default("parentbased_always_on"),
  OTEL_TRACES_SAMPLER_ARG: numberIn("from 0 to 1", /^(0(\.\d*)?|1(\.0*)?|\.\d+)$/).default(1),
};

const seconds = z
  .string()
  .regex(/^\d{1,7}(\.\d{1,3})?$/, "must be numbers of seconds")
  .transform((text) => Number(text) * 1000);
const listOf = <T extends z.ZodType<unknown, string>>(item: T) =>
  z
    .string()
    .transform((text) => text.split(",").map((part) => part.trim()))
    .pipe(z.array(item));

/** The origin of an address as browsers send it; undefined for `null`, `file:` and anything with `*`. */
function originOf(address: string): string | undefined {
  const url = URL.canParse(address) && !address.includes("*") ? new URL(address) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url.origin : undefined;
}

const origin = z.string().superRefine((given, context) => {
  const meant = originOf(given);
  if (meant === given) return;
  const message =
    meant === undefined
      ? "must be origins such as https://app.example, with commas between them; * is none"
      : `must be origins as browsers send them: ${meant}, not ${given}`;
  context.addIssue({ code: "custom", message });
});

/** Encrypted, unless it is on this machine: secrets and codes travel there. */
const safeAddress = z
  .url({
    protocol: /^https?$/,
    error: "must be an https:// address, such as https://login.example",
    abort: true,
  })
  .refine(
    (url) => url.startsWith("https:") || /^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(url).hostname),
    "must be an https:// address, except on this machine",
  );

const openIdSettings = {
  OPENID_ISSUER: safeAddress.optional(),
  OPENID_CLIENT_ID: z.string().optional(),
  OPENID_CLIENT_SECRET: z.string().optional(),
  OPENID_LABEL: z.string().max(80, "must have 80 characters or fewer").default("Single sign-on"),
  OPENID_SCOPE: z
    .string()
    .regex(/(^| )openid( |$)/, "must contain openid, such as openid profile")
    .default("openid profile"),
  OPENID_TENANT_CLAIM: z.string().optional(),
  OPENID_SCOPES_CLAIM: z.string().default("roster_scopes"),
  ROSTER_URL: safeAddress
    .refine(
      (url) => new URL(url).origin === url.replace(/\/$/, ""),
      "must be an address without a path, such as https://roster.example",
    )
    .transform((url) => url.replace(/\/$/, ""))
    .optional(),
};

const webhooks = {
  ROSTER_SECRET: z.string().min(32, "must have 32 characters or more, that nobody can guess").optional(),
  WEBHOOK_ALLOW: listOf(
    z.string().refine(isNetwork, "must be networks such as 10.1.0.0/16, with commas between them"),
  ).optional(),
  WEBHOOK_TIMEOUT_SECONDS: seconds
    .refine((timeout) => timeout >= 100 && timeout <= 300_000, "must be from 0.1 to 300")
    .optional(),
  WEBHOOK_RETRY_SECONDS: listOf(seconds).optional(),
};

/** Every setting, by the name of its variable. */
export const settings = z.object({
  HOST: z.string().min(1, "must not be empty").default("127.0.0.1"),
  PORT: numberIn("from 0 to 65535", /^\d{1,5}$/)
    .refine((port) => port <= 65_535, "must be a number from 0 to 65535")
    .default(4000),
  DATABASE_URL: databaseUrl.superRefine(readBy(readPrimaryAddress)).default(usualDatabase),
  DATABASE_DIRECT_URL: postgresUrl.superRefine(readBy(readPrimaryAddress)).optional(),
  DATABASE_REPLICA_URL: postgresUrl.superRefine(readBy(readAddress)).optional(),
  DATABASE_WRITERS: numberIn("from 1 to 16", /^([1-9]|1[0-6])$/).optional(),
  DATABASE_SHARDED: z.enum(["true", "false"], "must be true or false").default("false"),
  ROSTER_TOKEN: chosenToken.optional(),
  LOG_LEVEL: z.enum(levels, `must be one of ${levels.join(", ")}`).default("info"),
  METRICS_TOKEN: token.optional(),
  DRAIN_SECONDS: numberIn("from 0 to 999", /^\d{1,3}$/).default(0),
  CORS_ORIGINS: listOf(origin).default([]),
  SCIM_REQUESTS_PER_SECOND: numberIn("from 1 to 999999", /^[1-9]\d{0,5}$/).optional(),
  ...openTelemetry,
  ...webhooks,
  ...openIdSettings,
});

/** The settings that a provider cannot do without. */
const provider = ["OPENID_ISSUER", "OPENID_CLIENT_ID", "OPENID_CLIENT_SECRET", "ROSTER_URL"] as const;

const complete = settings.superRefine((set, context) => {
  if (!provider.some((name) => name !== "ROSTER_URL" && set[name] !== undefined)) return;
  for (const name of provider)
    if (set[name] === undefined)
      context.addIssue({
        code: "custom",
        path: [name],
        message: `must be set: an OpenID provider needs ${provider.join(", ")}`,
      });
});

/**
 * Reads the environment; no other code does. An empty variable counts as unset.
 *
 * @returns the options of `createApi`, and the further settings of the process
 * @throws Error that names every faulty variable
 */
export function readEnv(variables: Record<string, string | undefined>) {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const { data: set, error } = complete.safeParse(given);
  if (error) {
    // An entry of a list has no name of its own.
    const faults = error.issues.map(({ path, message }) => `${String(path[0])} ${message}`);
    throw new Error([...new Set(faults)].join("; "));
  }
  return {
    host: set.HOST,
    port: set.PORT,
    databaseUrl: set.DATABASE_URL,
    otherDatabaseUrls: { direct: set.DATABASE_DIRECT_URL, replica: set.DATABASE_REPLICA_URL },
    databaseWriters: set.DATABASE_WRITERS,
    databaseSharded: set.DATABASE_SHARDED === "true",
    token: set.ROSTER_TOKEN,
    logLevel: set.LOG_LEVEL,
    metricsToken: set.METRICS_TOKEN,
    drainSeconds: set.DRAIN_SECONDS,
    traces: tracesOf(set),
    webhooks: {
      secret: set.ROSTER_SECRET,
      allow: set.WEBHOOK_ALLOW,
      timeout: set.WEBHOOK_TIMEOUT_SECONDS,
      retries: set.WEBHOOK_RETRY_SECONDS,
    },
    corsOrigins: set.CORS_ORIGINS,
    scimRate: set.SCIM_REQUESTS_PER_SECOND,
    openId: openIdOf(set),
  };
}

function openIdOf(set: z.infer<typeof settings>): OpenIdSettings | undefined {
  const { OPENID_ISSUER, OPENID_CLIENT_ID, OPENID_CLIENT_SECRET, ROSTER_URL } = set;
  if (!OPENID_ISSUER || !OPENID_CLIENT_ID || !OPENID_CLIENT_SECRET || !ROSTER_URL) return undefined;
  return {
    issuer: OPENID_ISSUER,
    clientId: OPENID_CLIENT_ID,
    clientSecret: OPENID_CLIENT_SECRET,
    label: set.OPENID_LABEL,
    scope: set.OPENID_SCOPE,
    tenantClaim: set.OPENID_TENANT_CLAIM,
    scopesClaim: set.OPENID_SCOPES_CLAIM,
    url: ROSTER_URL,
  };
}

function tracesOf(set: z.infer<z.ZodObject<typeof openTelemetry>>): Sampling | undefined {
  const endpoint = set.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? set.OTEL_EXPORTER_OTLP_ENDPOINT;
  const off = set.OTEL_SDK_DISABLED?.toLowerCase() === "true" || set.OTEL_TRACES_EXPORTER === "none";
  if (endpoint === undefined || off) return undefined;
  return { sampler: set.OTEL_TRACES_SAMPLER, ratio: set.OTEL_TRACES_SAMPLER_ARG };
}

/**
 * The address of a database, as given to a command.
 *
 * @param name the variable or the option, for the error message
 * @param given undefined for the default database of a server
 * @throws Error if it is not an address
 */
export function readDatabaseUrl(name: string, given: unknown): string {
  const result = databaseUrl
    .superRefine(readBy(readAddress))
    .safeParse(given === undefined ? usualDatabase : given);
  if (!result.success) throw new Error(`${name} ${result.error.issues[0]?.message}`);
  return result.data;
}

/** The address of a database as it may be printed: without a password. */
export const printable = (databaseUrl: string): string =>
  databaseUrl.replace(/^(\w+:\/\/[^/?#:]*):[^/?#]*@/, "$1:***@").replace(/([?&]password=)[^&#]*/g, "$1***");
