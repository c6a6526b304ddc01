import type { Actor, TokenCreate, TokenJson, WithSecret } from "@roster/domain";
import { pino } from "pino";
import { sealKeyOf } from "../auth/seal.ts";
import { newToken } from "../auth/authenticator.ts";
import { printable } from "../env.ts";
import { GroupCommit } from "../store/commit/group-commit.ts";
import { openDatabase } from "../store/open-database.ts";
import { operationsOn } from "../store/open-operations.ts";
import { createToken } from "../tenant/tokens.ts";

/**
 * Makes a token for a tenant on the database itself, whether servers run or not: the way back where no
 * admin token is left. The change log says that the operator made it.
 *
 * @param tenant the number of the tenant
 * @throws Error for a database that is not there or not up to date, and for a tenant that is not there
 * @throws RosterError INVALID
 */
export async function makeToken(
  url: string,
  tenant: number,
  token: TokenCreate,
): Promise<TokenJson & WithSecret> {
  const { applied, pending } = await (await operationsOn(url)).migrationState();
  if (applied.length === 0) throw new Error(`there is no database of Roster's at ${printable(url)}`);
  // Opening it would bring it up to date, which is a decision of its own.
  if (pending.length > 0) throw new Error("the database is not up to date: run npm run db:migrate first");
  const database = await openDatabase(url);
  const commits = new GroupCommit(database, pino({ level: "silent" }));
  try {
    const [found] = await database.tenants(tenant - 1, 1);
    if (found?.number !== tenant) throw new Error(`there is no tenant ${tenant}`);
    const { id, number, name } = found;
    const operator: Actor = {
      id: "operator",
      tenant: { id, number, name },
      scopes: ["admin"],
      source: "command",
      // Sealed for nobody: the command shows the secret, and keeps no answer.
      sealKey: sealKeyOf(newToken()),
    };
    const store = { database, commits, now: () => new Date().toISOString() };
    return await createToken(store, operator, token);
  } finally {
    await commits.close();
    await database.close();
  }
}
