import type { TokenCreate, TokenJson, WithSecret } from "@roster/domain";
import { pino } from "pino";
import { sealKeyOf } from "../auth/seal.ts";
import { internalActor, newToken } from "../auth/authenticator.ts";
import { printable } from "../env.ts";
import { GroupCommit } from "../store/commit/group-commit.ts";
import { openDatabase } from "../store/open-database.ts";
import { operationsOn } from "../store/open-operations.ts";
import { issueToken } from "../tenant/tokens.ts";

/**
 * Makes a token for a tenant directly in the database, with or without running servers, for when no admin
 * token is left. The change log names the operator.
 *
 * @param tenant the number of the tenant
 * @throws Error if the database is missing or not up to date, or the tenant does not exist
 * @throws RosterError INVALID
 */
export async function makeToken(
  url: string,
  tenant: number,
  token: TokenCreate,
): Promise<TokenJson & WithSecret> {
  const { applied, pending } = await (await operationsOn(url)).migrationState();
  if (applied.length === 0) throw new Error(`there is no Roster database at ${printable(url)}`);
  // Opening the database would migrate it, which the operator should decide separately.
  if (pending.length > 0) throw new Error("the database is not up to date: run npm run db:migrate first");
  const database = await openDatabase(url);
  const commits = new GroupCommit(database, pino({ level: "silent" }));
  try {
    const [found] = await database.tenants(tenant - 1, 1);
    if (found?.number !== tenant) throw new Error(`there is no tenant ${tenant}`);
    const { id, number, name } = found;
    // A throwaway key: the command prints the secret and keeps no repeatable answer.
    const operator = internalActor("operator", { id, number, name }, "command", sealKeyOf(newToken()));
    const store = { database, commits, now: () => new Date().toISOString() };
    return await issueToken(store, operator, token);
  } finally {
    await commits.close();
    await database.close();
  }
}
