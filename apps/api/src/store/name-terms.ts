import { nameTerm, tables } from "./tables.ts";

/** How many rows are looked at together. */
const step = 1_000;

interface Row {
  tenant: number;
  term: string;
  record_id: string;
}

/**
 * Writes the words by which names are found as they are made now. Those of plain ASCII are right: how
 * text is folded can only change for what is not.
 *
 * @param beyondAscii the condition, in the database's own SQL, that a term has other characters
 * @param execute runs a statement, with `?` for each parameter
 */
export async function refoldNames(
  beyondAscii: string,
  execute: (sql: string, params: unknown[]) => Promise<unknown>,
): Promise<void> {
  for (const type of ["customer", "user"] as const) {
    let after: unknown[] = [-1, "", ""];
    for (;;) {
      const rows = (await execute(query(type, beyondAscii), [type, ...after, step])) as Row[];
      const last = rows.at(-1);
      if (!last) break;
      after = [last.tenant, last.term, last.record_id];
      for (const row of rows) {
        const term = nameTerm(type, camel(row));
        if (term === row.term) continue;
        await execute(
          "update search_terms set term = ? where tenant = ? and record_type = ? and field = 'name' and term = ? and record_id = ?",
          [term, row.tenant, type, row.term, row.record_id],
        );
      }
    }
  }
}

const nameColumns = {
  customer: ["name", "first_name", "last_name"],
  user: ["first_name", "last_name", "username"],
};

const query = (type: "customer" | "user", beyondAscii: string): string =>
  `select t.tenant, t.term, t.record_id, ${nameColumns[type].map((name) => `r.${name}`).join(", ")}
   from search_terms t join ${tables[type].name} r on r.tenant = t.tenant and r.id = t.record_id
   where t.record_type = ? and t.field = 'name' and ${beyondAscii}
     and (t.tenant, t.term, t.record_id) > (?, ?, ?)
   order by t.tenant, t.term, t.record_id limit ?`;

/** A row by the names of fields. */
const camel = (row: object): object =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value as unknown,
    ]),
  );
