import { z } from "zod";

/** The settings of a server, from the environment. */
export interface Env {
  host: string;
  port: number;
  /** `sqlite:` and a path, relative to the working directory; or the `postgres://` address of a database. */
  databaseUrl: string;
  /** The first tenant's admin token, for an empty database. */
  token: string | undefined;
  logLevel: string;
}

const levels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

const schema = z.object({
  HOST: z.string().min(1, "must not be empty").default("127.0.0.1"),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, "must be a number from 0 to 65535")
    .transform(Number)
    .refine((port) => port <= 65_535, "must be a number from 0 to 65535")
    .default(4000),
  DATABASE_URL: z
    .string()
    .regex(
      /^(sqlite:(?!\/\/).+|postgres(ql)?:\/\/.+)/s,
      "must be sqlite: and the path of a file, such as sqlite:.data/roster.db, or the address of a PostgreSQL database, such as postgres://user:password@host/database",
    )
    .default("sqlite:.data/roster.db"),
  ROSTER_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces")
    .optional(),
  LOG_LEVEL: z.enum(levels, `must be one of ${levels.join(", ")}`).default("info"),
});

/**
 * Reads the environment; this is the only place that does. A variable that is set to nothing counts
 * as not set.
 *
 * @throws Error that names every variable at fault
 */
export function readEnv(variables: Record<string, string | undefined>): Env {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const result = schema.safeParse(set);
  if (!result.success) {
    throw new Error(
      result.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`).join("; "),
    );
  }
  const { HOST, PORT, DATABASE_URL, ROSTER_TOKEN, LOG_LEVEL } = result.data;
  return { host: HOST, port: PORT, databaseUrl: DATABASE_URL, token: ROSTER_TOKEN, logLevel: LOG_LEVEL };
}

/** The address of a database as it may be printed: without a password. */
export const printable = (databaseUrl: string): string =>
  databaseUrl.replace(/^(\w+:\/\/[^/?#:]*):[^/?#]*@/, "$1:***@").replace(/([?&]password=)[^&#]*/g, "$1***");
