import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createApi } from "../../compose.ts";
import { look } from "../look.ts";
import { readArguments } from "../options.ts";
import { startPostgres } from "../postgres-server.ts";
import { callerOf, makeScene, readScene, type Exchange } from "../scene.ts";
import { dump } from "./dump.ts";

/**
 * `npm run fixtures`, to be run once before a release with a new migration: writes a small database as that
 * release creates it, as SQL text for SQLite and PostgreSQL, and the answers it gives. From then on
 * `upgrade.test.ts` opens it with every later release. Existing files are kept.
 */

/** The first tenant's admin token; it opens only these databases. */
export const token = "token-of-the-upgrade-test";

export const folder = fileURLToPath(new URL("./", import.meta.url));

/** Requests and their answers, one per line. */
const lines = (exchanges: readonly Exchange[]): string =>
  exchanges.map((exchange) => `${JSON.stringify(exchange)}\n`).join("");

async function make(name: string, databaseUrl: string): Promise<void> {
  const api = await createApi({ databaseUrl, token });
  const replays = await makeScene((its) => callerOf(api, its), token);
  const answers = await readScene(callerOf(api, token));
  await api.close();
  const applied = await look(databaseUrl, ({ all }) =>
    all<{ name: string }>("select name from migrations order by id"),
  );
  const home = join(folder, applied.at(-1)?.name as string);
  await mkdir(home, { recursive: true });
  const write = async (ending: string, text: string) => {
    await writeFile(join(home, `${name}.${ending}`), text, { flag: "wx" });
    process.stdout.write(`${join(home, `${name}.${ending}`)}\n`);
  };
  await write("sql", await dump(databaseUrl));
  await write("answers.jsonl", lines(answers));
  await write("replays.jsonl", lines(replays));
}

const help = `npm run fixtures

Writes a small database as this release creates it, and its answers, into apps/api/src/testing/releases.
Run it with the previous release before a release with a new migration.
`;

if (import.meta.main) {
  readArguments("fixtures", help, {});
  const temporary = await mkdtemp(join(tmpdir(), "roster-fixture-"));
  const postgres = await startPostgres();
  try {
    await make("sqlite", `sqlite:${join(temporary, "roster.db")}`);
    await make("postgres", await postgres.createDatabase());
  } finally {
    await postgres.dispose();
    await rm(temporary, { recursive: true });
  }
}
