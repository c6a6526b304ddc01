import { refusal } from "@roster/domain";
import type { Database } from "../store/database.ts";

/**
 * The latest `seq` of a tenant's log, which must not be before a position that a caller names.
 * @param pointer the place of the position in the request
 * @throws RosterError INVALID
 */
export async function endOfLog(
  database: Database,
  tenant: number,
  after: number,
  pointer: string,
): Promise<number> {
  const last = (await database.lastSeqs([tenant])).get(tenant) ?? 0;
  if (after <= last) return last;
  // The log was restored from a backup or belongs to another tenant. Waiting would miss changes.
  throw refusal([
    { pointer, code: "out_of_range", message: `is past the end of the log, which is at ${last}` },
  ]);
}
