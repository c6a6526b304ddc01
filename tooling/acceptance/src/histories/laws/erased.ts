import { contentOf } from "../../guarantees/audit.ts";
import type { History } from "../history.ts";
import { marksIn } from "../marks.ts";
import { must } from "../wrong.ts";

/**
 * The database contains no mark but those that a record which was not erased has, or had: none of an erased
 * record, of a refused command or of a dry run.
 */
export async function checkErased({ door, model, tenantMarks }: History): Promise<void> {
  const kept = new Set(tenantMarks);
  for (const { erased, marks } of model.records.values())
    if (!erased) for (const mark of marks) kept.add(mark);
  const content = await contentOf(door.server.database);
  for (const mark of marksIn(content.toString("latin1"))) {
    const owner = [...model.records.values()].find(({ marks }) => marks.has(mark));
    must(
      kept.has(mark),
      `the database contains ${mark} of ${owner ? `the erased ${owner.type} ${owner.id}` : "no record"}`,
    );
  }
}
