import type { StoredRecords } from "@roster/domain";
import type { CustomerId, TenantWant } from "../database.ts";
import { columnList, decodeRow, type Scalar } from "../rows.ts";
import type { Connection } from "./connection.ts";
import { asked, questionOf, type Question } from "./questions.ts";
import { columnsOf, isNowhere } from "./values.ts";

/** What is asked in one place of a question's arrays, and which of the wants ask it. */
interface Place {
  values: Scalar[];
  by: number[];
}

/** Loads what is wanted: one statement for each kind of question, all of them sent at once. */
export async function load(connection: Connection, wants: readonly TenantWant[]): Promise<unknown[]> {
  const found: unknown[] = Array.from({ length: wants.length });
  const places = new Map<Question, Map<string, Place>>();
  for (const [i, { tenant, want }] of wants.entries()) {
    const question = questionOf(want);
    const values = [tenant, ...question.values(want)];
    if (values.some(isNowhere)) {
      found[i] = question.answer([]);
      continue;
    }
    let asking = places.get(question);
    if (!asking) places.set(question, (asking = new Map()));
    // Many commands want the same: their tenant, a tag.
    const key = values.join("\0");
    const known = asking.get(key);
    if (known) known.by.push(i);
    else asking.set(key, { values, by: [i] });
  }
  await Promise.all(
    [...places].map(async ([question, asking]) => {
      const all = [...asking.values()];
      const { rows } = await connection.run(question.sql, columnsOf(all.map(({ values }) => values)));
      const answers: unknown[][][] = all.map(() => []);
      for (const [i, ...row] of rows) answers[(i as number) - 1]?.push(row);
      for (const [place, { by }] of all.entries()) {
        const answer = question.answer(answers[place] ?? []);
        for (const i of by) found[i] = answer;
      }
    }),
  );
  return found;
}

// `union`, unlike `union all`, takes nobody twice, and so comes to an end whatever the parents are.
const ancestorsSql = `
  with recursive above(tenant, id) as (
    select c.tenant, c.parent ${asked({ id: "text" })} join customers c on c.tenant = w.tenant and c.id = w.id
    where c.parent is not null
    union
    select c.tenant, c.parent from above join customers c on c.tenant = above.tenant and c.id = above.id
    where c.parent is not null
  )
  select c.tenant, ${columnList("customer", "c")} from above
  join customers c on c.tenant = above.tenant and c.id = above.id`;

/** All customers above any of these. */
export async function ancestors(
  connection: Connection,
  of: readonly CustomerId[],
): Promise<{ tenant: number; customer: StoredRecords["customer"] }[]> {
  const { rows } = await connection.run(ancestorsSql, columnsOf(of.map(({ tenant, id }) => [tenant, id])));
  return rows.map(([tenant, ...row]) => ({
    tenant: tenant as number,
    customer: decodeRow<StoredRecords["customer"]>("customer", row),
  }));
}
