import type { StoredCustomer } from "@roster/domain";
import { afterAll, beforeAll, expect, it } from "vitest";
import { steps } from "../../testing/listed.ts";
import { openTestStore, type TestStore } from "../../testing/test-store.ts";
import { Connection } from "../sqlite/connection.ts";
import { sqlite } from "../sqlite/dialect.ts";
import type { Asker } from "./asker.ts";
import { scanBudget } from "./log.ts";
import { tenantReader } from "./reads.ts";

const id = (i: number): string => `00000000-0000-7000-8000-${String(i).padStart(12, "0")}`;

let store: TestStore;
let connection: Connection;
beforeAll(async () => {
  store = await openTestStore();
  connection = new Connection(store.file, { readonly: true });
  store.sql((other) =>
    other.exec(`
      insert into customers (tenant, id, seq, number, token, emails, group_tags, is_demo, version, created_at, updated_at, created_by, updated_by)
        with recursive n(i) as (select 1 union all select i + 1 from n where i <= ${scanBudget})
        select 1, printf('00000000-0000-7000-8000-%012d', i), i, i, 'k', '[]', '[]', false, 1, 'c', 'u', 'x', 'x' from n;
      update customers set uuid = 'u';
      update customers set deleted_at = 'd' where number = ${scanBudget + 1};
      insert into search_terms select tenant, 'customer', 'uuid', 'u', id from customers;
      insert into search_terms select tenant, 'customer', 'deletedAt', 'd', id from customers where deleted_at is not null`),
  );
});
afterAll(async () => {
  connection.handle.close();
  await store.close();
});

it("passes over no record when others leave the list while a step looks at it", async () => {
  let leaving = 0;
  const asker: Asker = {
    dialect: sqlite,
    async all(sql, values) {
      const rows = connection.all(sql, ...values);
      if (leaving++ < 2)
        store.sql((other) => other.prepare("delete from search_terms where record_id = ?").run(id(leaving)));
      return rows;
    },
  };
  const found: StoredCustomer[] = [];
  const listing = { filter: { uuid: "u", deleted: true }, limit: 20 };
  for await (const step of steps(tenantReader(asker, 1), "customer", listing)) found.push(...step);
  expect(found.map((one) => one.id)).toEqual([id(scanBudget + 1)]);
});
