import { parseArgs, type ParseArgsConfig } from "node:util";
import { scopes, type Scope } from "@roster/domain";
import { printable, readDatabaseUrl } from "../env.ts";
import { operationsOn } from "../store/open-operations.ts";
import { copyDatabase } from "./copy.ts";
import { exits, statusOf } from "./status.ts";
import { makeToken } from "./make-token.ts";
import { withProgress } from "./progress.ts";

/** The environment of a command. */
export interface Surroundings {
  env: Record<string, string | undefined>;
  print(line: string): void;
}

/** A command: its usage text, its options and its action, which returns the exit code. */
interface Command {
  usage: string;
  options: NonNullable<ParseArgsConfig["options"]>;
  run(given: Record<string, string | boolean | undefined>, surroundings: Surroundings): Promise<number>;
}

/** @param column where the texts about options begin, in characters */
const theDatabase = (column = 19) =>
  `${"  --database URL".padEnd(column)}sqlite: and the path of a file, or the postgres:// URL of a database
${" ".repeat(column)}(default: DATABASE_URL, otherwise sqlite:.data/roster.db)`;
const database = { type: "string" } as const;
/** @param names variables that may hold the address; the first that is set counts */
function urlOf(given: unknown, { env }: Surroundings, names = ["DATABASE_URL"]): string {
  if (given !== undefined) return readDatabaseUrl("--database", given);
  const name = names.find((one) => env[one]) ?? "DATABASE_URL";
  return readDatabaseUrl(name, env[name] || undefined);
}

const commands: Record<string, Command> = {
  status: {
    usage: `npm run db:status -- [--database URL]

Lists the applied and pending migrations of a database. Changes nothing.

${theDatabase()}

Exits with 0 if it is up to date, 2 if migrations are pending, 3 if it is newer than this
release, and 1 if it cannot be read.
`,
    options: { database },
    async run(given, surroundings) {
      const url = urlOf(given["database"], surroundings);
      const { lines, exit } = statusOf(await (await operationsOn(url)).migrationState());
      surroundings.print([printable(url), ...lines].join("\n"));
      return exit;
    },
  },

  migrate: {
    usage: `npm run db:migrate -- [--database URL]

Brings a database up to date, as a server does when it starts: applies all pending migrations in
one transaction. Other processes that start or migrate meanwhile wait.

${theDatabase()}
                   DATABASE_DIRECT_URL, if set, takes precedence over DATABASE_URL.

Exits with 0 if the database is up to date, and 1 if the migration fails.
`,
    options: { database },
    async run(given, surroundings) {
      const url = urlOf(given["database"], surroundings, ["DATABASE_DIRECT_URL", "DATABASE_URL"]);
      const operations = await operationsOn(url);
      const { pending } = await operations.migrationState();
      // If another process has migrated meanwhile, this does nothing.
      await operations.migrate();
      surroundings.print(
        pending.length === 0
          ? `${printable(url)} is up to date; nothing to do.`
          : `${printable(url)} is now up to date. Applied:\n${pending.map((name) => `  ${name}`).join("\n")}`,
      );
      return exits.done;
    },
  },

  copy: {
    usage: `npm run db:copy -- --from URL --to URL [--live]

Copies a whole database, including log, tokens and idempotency keys, to one that is empty or does
not exist yet: between SQLite and PostgreSQL, in any direction.

  --from URL   sqlite: and the path of a file, or the postgres:// URL of a database
  --to URL     likewise
  --live       the servers of the source may keep running; their later changes are not in the copy

The copy is one transaction, in which it is read back and compared. If anything fails, the target
stays empty. Stop the servers of the source first: without --live, a change to the source during
the copy is a failure.

Exits with 0 if the copy is complete and identical, otherwise with 1.
`,
    options: { from: { type: "string" }, to: { type: "string" }, live: { type: "boolean" } },
    async run(given, { print }) {
      const [from, to] = [
        readDatabaseUrl("--from", given["from"] ?? ""),
        readDatabaseUrl("--to", given["to"] ?? ""),
      ];
      const start = performance.now();
      const live = given["live"] === true;
      const { tables, missed } = await withProgress("rows", (onProgress) =>
        copyDatabase({ from, to, live, onProgress }),
      );
      const width = Math.max(...tables.map(({ name }) => name.length));
      for (const { name, rows, checksum } of tables)
        print(
          `${name.padEnd(width)}  ${rows.toLocaleString("en").padStart(12)} rows  sha256 ${checksum.slice(0, 16)}…`,
        );
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      print(
        `Copied in ${seconds} s. Each table has the same number of rows and the same checksum in ${printable(to)} as in ${printable(from)}.`,
      );
      if (missed > 0) print(`The source has changed since: ${missed} changes are not in the copy.`);
      return exits.done;
    },
  },

  backup: {
    usage: `npm run db:backup -- --to FILE [--database URL]

Copies an SQLite database, as of one moment, to a file and checks the copy. Servers may keep running.

  --to FILE        the copy, which must not exist yet
${theDatabase()}

To restore: stop the server, replace the database file with the copy, remove the two files beside it
that end in -wal and -shm, and start the server. For PostgreSQL, use pg_dump or pg_basebackup.

Exits with 0 if the copy is intact, otherwise with 1.
`,
    options: { to: { type: "string" }, database },
    async run(given, surroundings) {
      const to = given["to"];
      if (typeof to !== "string" || to === "") throw new Error("--to FILE is missing: the file for the copy");
      const url = urlOf(given["database"], surroundings);
      const operations = await operationsOn(url);
      await withProgress("pages", (onProgress) => operations.backup(to, onProgress));
      surroundings.print(`${printable(url)} is copied to ${to}, and the copy is intact.`);
      return exits.done;
    },
  },

  token: {
    usage: `npm run db:token -- [--tenant NUMBER] [--scopes LIST] [--name TEXT] [--expires INSTANT] [--database URL]

Makes a token and prints it. It is shown only once. Use this if the last admin token is lost. Servers
may keep running, and accept the token at once.

  --tenant NUMBER    the tenant of the token (default: 1)
  --scopes LIST      its scopes, separated by commas: ${scopes.join(", ")}
                     (default: admin)
  --name TEXT        its purpose (default: made by the operator)
  --expires INSTANT  when it expires, such as 2027-01-01T00:00:00Z (default: never)
${theDatabase(21)}

The tenant's change log names the operator as its creator. Revoke a lost token with token.list and
token.revoke.

Exits with 0 if the token is made, otherwise with 1.
`,
    options: {
      tenant: { type: "string" },
      scopes: { type: "string" },
      name: { type: "string" },
      expires: { type: "string" },
      database,
    },
    async run(given, surroundings) {
      const { tenant = "1", scopes: list = "admin", name = "made by the operator", expires } = given;
      if (!/^[1-9]\d{0,8}$/.test(String(tenant))) throw new Error("--tenant must be the number of a tenant");
      const url = urlOf(given["database"], surroundings);
      const made = await makeToken(url, Number(tenant), {
        name: String(name),
        scopes: String(list)
          .split(",")
          .map((one) => one.trim()) as Scope[],
        ...(expires !== undefined && { expiresAt: String(expires) }),
      });
      surroundings.print(`Token ${made.id} of tenant ${tenant} on ${printable(url)}, with the scopes ${made.scopes.join(", ")}.
It is shown only this once:

  ${made.token}`);
      return exits.done;
    },
  },
};

/**
 * Runs an operator's command.
 *
 * @param args the command's name and its options
 * @returns the exit code
 * @throws Error with a one-line reason if the command fails
 */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const [name = "", ...rest] = args;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new Error(`there is no command ${name}; there are ${Object.keys(commands).join(", ")}`);
  const { values } = parseArgs({
    args: rest,
    options: { ...command.options, help: { type: "boolean" } },
  }) as { values: Record<string, string | boolean | undefined> };
  if (values["help"] === true) {
    surroundings.print(command.usage.trimEnd());
    return exits.done;
  }
  return command.run(values, surroundings);
}
