import { parseArgs, type ParseArgsConfig } from "node:util";
import { scopes, type Scope } from "@roster/domain";
import { printable, readDatabaseUrl } from "../env.ts";
import { operationsOn } from "../store/open-operations.ts";
import { copyDatabase, type Copied } from "./copy.ts";
import { statusOf } from "./status.ts";
import { exits } from "./exits.ts";
import { makeToken } from "./make-token.ts";
import { showProgress } from "./progress.ts";

/** What a command has from where it runs. */
export interface Surroundings {
  env: Record<string, string | undefined>;
  print(line: string): void;
}

/** One command: how it is called, and what it does. @returns its exit code */
interface Command {
  usage: string;
  options: NonNullable<ParseArgsConfig["options"]>;
  run(given: Record<string, string | boolean | undefined>, surroundings: Surroundings): Promise<number>;
}

const theDatabase = `
  --database URL   sqlite: and the path of a file, or the postgres:// address of a database
                   (DATABASE_URL where it is set, else sqlite:.data/roster.db)`;
const database = { type: "string" } as const;
/** @param names the variables that can have the address; the first that is set counts */
function urlOf(given: unknown, { env }: Surroundings, names = ["DATABASE_URL"]): string {
  if (given !== undefined) return readDatabaseUrl("--database", given);
  const name = names.find((one) => env[one]) ?? "DATABASE_URL";
  return readDatabaseUrl(name, env[name] || undefined);
}

const commands: Record<string, Command> = {
  status: {
    usage: `npm run db:status -- [--database URL]

Says which migrations a database has and which it lacks. Changes nothing.
${theDatabase}

Exits with 0 when it is up to date, 2 when migrations are pending, 3 when it is newer than this
release, and 1 when it cannot be looked at.
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

Brings a database up to date, as a server does when it starts: all pending migrations, in one
transaction. Whoever else starts or migrates at the same time waits.
${theDatabase}
                   With DATABASE_DIRECT_URL set, that is taken before DATABASE_URL.

Exits with 0 when the database is up to date, and 1 when it cannot be brought there.
`,
    options: { database },
    async run(given, surroundings) {
      const url = urlOf(given["database"], surroundings, ["DATABASE_DIRECT_URL", "DATABASE_URL"]);
      const operations = await operationsOn(url);
      const { pending } = await operations.migrationState();
      // Where another process has been faster meanwhile, it has done the same.
      await operations.migrate();
      surroundings.print(
        pending.length === 0
          ? `${printable(url)} is up to date: nothing was to be done.`
          : `${printable(url)} is up to date now. It lacked:\n${pending.map((name) => `  ${name}`).join("\n")}`,
      );
      return exits.done;
    },
  },

  copy: {
    usage: `npm run db:copy -- --from URL --to URL [--live]

Copies a whole database, log, tokens and idempotency keys included, to one that is empty or not there
yet: between SQLite and PostgreSQL, in any direction.

  --from URL   sqlite: and the path of a file, or the postgres:// address of a database
  --to URL     likewise
  --live       the servers of the source may go on: what they change meanwhile is not in the copy

All of it is one transaction, in which it is read back and compared: when anything goes wrong,
nothing is in the target. Stop the servers of the source first; without --live, a source that has
changed meanwhile is such a thing.

Exits with 0 when the copy is made and the same as the source, else with 1.
`,
    options: { from: { type: "string" }, to: { type: "string" }, live: { type: "boolean" } },
    async run(given, { print }) {
      const [from, to] = [
        readDatabaseUrl("--from", given["from"] ?? ""),
        readDatabaseUrl("--to", given["to"] ?? ""),
      ];
      const start = performance.now();
      const bar = showProgress("rows");
      let copied: Copied;
      try {
        copied = await copyDatabase({ from, to, live: given["live"] === true, onProgress: bar.update });
      } finally {
        bar.stop();
      }
      const width = Math.max(...copied.tables.map(({ name }) => name.length));
      for (const { name, rows, checksum } of copied.tables)
        print(
          `${name.padEnd(width)}  ${rows.toLocaleString("en").padStart(12)} rows  sha256 ${checksum.slice(0, 16)}…`,
        );
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      print(
        `Copied in ${seconds} s. Each table has as many rows in ${printable(to)} as in ${printable(from)}, and the same checksum, made of what each of them holds.`,
      );
      if (copied.missed > 0)
        print(`The source went on: ${copied.missed} changes to it since then are not in the copy.`);
      return exits.done;
    },
  },

  backup: {
    usage: `npm run db:backup -- --to FILE [--database URL]

Copies an SQLite database to a file, as it is at one moment, while servers go on, and checks the copy.

  --to FILE        the copy, which must not be there yet
${theDatabase.slice(1)}

To restore: stop the server, put the copy in the place of the file, remove the two files beside it
that end in -wal and -shm, start the server. On PostgreSQL, use pg_dump or pg_basebackup.

Exits with 0 when the copy is made and in order, else with 1.
`,
    options: { to: { type: "string" }, database },
    async run(given, surroundings) {
      const to = given["to"];
      if (typeof to !== "string" || to === "")
        throw new Error("--to FILE is missing: where the copy is to be");
      const url = urlOf(given["database"], surroundings);
      const bar = showProgress("pages");
      try {
        await (await operationsOn(url)).backup(to, bar.update);
      } finally {
        bar.stop();
      }
      surroundings.print(`${printable(url)} is copied to ${to}, and the copy is in order.`);
      return exits.done;
    },
  },

  token: {
    usage: `npm run db:token -- [--tenant NUMBER] [--scopes LIST] [--name TEXT] [--expires INSTANT] [--database URL]

Makes a token, and prints it: it is shown only this once. This is the way back when the last admin
token is lost. Servers may go on, and take the token at once.

  --tenant NUMBER    the tenant that it is for (1)
  --scopes LIST      what it allows, with commas between: ${scopes.join(", ")}
                     (admin)
  --name TEXT        what it is for (made by the operator)
  --expires INSTANT  when it stops working, such as 2027-01-01T00:00:00Z (never)
${theDatabase.slice(1)}

The change log of the tenant says that the operator has made it. Revoke a token that was lost, by
token.list and token.revoke.

Exits with 0 when the token is made, else with 1.
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
 * Runs a command of the operator's.
 *
 * @param args its name, and its options
 * @returns the exit code
 * @throws Error that says in one line why it could not be done
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
