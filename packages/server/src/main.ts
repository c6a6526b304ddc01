import { readFile } from "node:fs/promises";

const help = `roster-server [COMMAND] [--help]

Starts Roster. Without settings it keeps its records in the SQLite file .data/roster.db below the current
folder, and listens at http://127.0.0.1:4000. Environment variables are its settings:

  PORT, HOST      where it listens
  DATABASE_URL    sqlite: and the path of a file, or the postgres:// address of a database
  ROSTER_TOKEN    the first admin token of an empty database, instead of a generated one

The operations guide lists all settings.

Commands of the operator, each with --help:

  status     lists the applied and pending migrations of a database
  migrate    brings a database up to date, as a start does
  backup     copies an SQLite database to a file while servers run
  copy       copies a whole database between SQLite and PostgreSQL
  token      makes a token, for example if the last admin token is lost
`;

/** The program `roster-server`: starts the server, or runs a command of the operator. */
const [command] = process.argv.slice(2);
if (command === undefined) {
  await import("@roster/api/start");
} else if (command === "--help" || command === "-h") {
  process.stdout.write(help);
} else if (command === "--version") {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  process.stdout.write(`${version}\n`);
} else {
  await import("@roster/api/operations");
}
