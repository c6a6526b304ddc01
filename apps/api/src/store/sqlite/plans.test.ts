import {
  changeListSchema,
  customerFields,
  customerListSchema,
  parseCreate,
  parseUpdate,
  userFields,
} from "@roster/domain";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestStore, type TestStore } from "../../testing/test-store.ts";
import { Connection } from "./connection.ts";
import { Writer } from "./writer.ts";

/** The query plans of every statement that ordinary work runs on SQLite. */

let store: TestStore;
let connection: Connection;
const asked = new Set<string>();
const { prepare } = Connection.prototype;
const { run } = Writer.prototype;

beforeAll(async () => {
  Connection.prototype.prepare = function (sql) {
    asked.add(sql);
    return prepare.call(this, sql);
  };
  Writer.prototype.run = function (statements, transaction) {
    for (const { sql } of statements) asked.add(sql);
    return run.call(this, statements, transaction);
  };
  store = await openTestStore();
  connection = new Connection(store.file);
  const { roster, actor } = store;
  const { customer, user } = roster;
  const where = (id: string) => [{ field: "id" as const, value: id }];

  await roster.replaceLevels(actor, { levels: ["Group", "Company", "Site"] });
  const group = await store.create({ hierarchyLevel: "Group", providedId: "top" });
  const company = await store.create({ hierarchyLevel: "Company", parent: group.id, referenceId: "r" });
  const site = await store.create({ hierarchyLevel: "Site", parent: company.id, emails: ["a@x.example"] });
  await roster.replaceLevels(actor, { levels: ["World", "Company", "Group", "Site"] }).catch(() => undefined);
  await store.update(company.id, { hierarchyLevel: null }).catch(() => undefined);
  const member = await user.create(actor, parseCreate(userFields, { username: "u", customer: site.id }));
  const stale = { where: { id: site.id }, patch: { name: "x" }, expectedVersion: 1 };
  await store.update(site.id, { name: "y" }, "key");
  await customer.update(actor, parseUpdate(customerFields, stale)).catch(() => undefined);
  await customer.at(actor, where(site.id), { version: 1 });
  await customer.at(actor, where(site.id), { at: new Date().toISOString() });
  await customer.history(actor, where(site.id), 10, undefined);
  await customer.get(actor, [{ field: "providedId", value: "top" }]);
  await user.get(actor, [{ field: "username", value: "u" }]);
  const filters = [
    {},
    { email: "a@x.example" },
    { groupTag: "t", parent: group.id },
    { namePrefix: "x" },
    { ids: [group.id, site.id, company.id], namePrefix: "x", email: "a@x.example" },
    { changedSince: "2020-01-01T00:00:00.000Z", deleted: "any" },
  ];
  for (const filter of filters) {
    for (const sort of [undefined, "createdAt", "updatedAt", "name"] as const) {
      if ("ids" in filter ? sort !== "createdAt" : "namePrefix" in filter && sort !== "name") continue;
      for (const order of ["asc", "desc"] as const) {
        const page = customerListSchema.parse({ filter, sort, order, limit: 1 });
        const { nextCursor } = await customer.list(actor, page);
        if (nextCursor !== null) await customer.list(actor, { ...page, cursor: nextCursor });
      }
    }
  }
  await useScim();
  for (const sort of ["number", "providedId", "phone", "job"] as const)
    await customer.list(actor, customerListSchema.parse({ sort, limit: 1 }));
  for (const filter of [
    { dateOfBirth: { gte: "1980-01-01" } },
    { groupTags: { in: ["a", "b"] } },
    { phone: null },
    { number: { lt: 5 } },
    { providedId: { startsWith: "t" } },
  ])
    await customer.list(actor, customerListSchema.parse({ filter, count: true }));
  await customer.list(actor, customerListSchema.parse({ search: "example", count: true }));
  await roster.setPropertiesSchema(actor, {
    schema: { properties: { plan: { "x-roster-index": true } } },
  });
  const { number } = actor.tenant;
  const build = () =>
    store.commits.submit({ tenant: number, wants: [], keep: (books) => books.buildIndex(number, 1) });
  while (await build());
  await customer.list(actor, customerListSchema.parse({ filter: { properties: { plan: "pro" } } }));
  const twin = await store.create({ name: "twin" });
  const merge = { where: where(twin.id), into: where(site.id), prefer: {}, reason: undefined, dryRun: false };
  await roster.mergeCustomers(actor, merge);
  await roster.unmergeCustomers(actor, where(twin.id), undefined);
  await roster.mergeCustomers(actor, merge);
  await customer.export(actor, where(site.id));
  await user.delete(actor, where(member.id));
  await customer.erase(actor, where(site.id));
  await roster.change.list(actor, changeListSchema.parse({ after: 1, types: ["user"], ids: [site.id] }));
  await store.parts.database.tokenByHash("nobody");
});

/** User groups, and the requests of a provisioning cycle. */
async function useScim(): Promise<void> {
  const { roster, actor } = store;
  const { users, groups } = roster.scim;
  const call = { actor, base: "", shows: () => true };
  const { resource: one } = await users.create(call, { userName: "scim", emails: ["s@x.example"] });
  const id = one["id"] as string;
  const { resource: made } = await groups.create(call, { displayName: "Staff", members: [id] });
  const group = made["id"] as string;
  const patch = (...Operations: object[]) => ({ Operations });
  await groups.patch(call, group, patch({ op: "remove", path: "members", value: [id] }));
  await groups.patch(call, group, patch({ op: "add", path: "members", value: [id] }));
  await groups.replace(call, group, { displayName: "All", members: [] });
  await users.patch(call, id, patch({ op: "add", path: "title", value: "T" }));
  const page = { descending: false, startIndex: 1, count: 10 };
  for (const filter of [undefined, 'userName eq "scim"', 'emails eq "s@x.example"', `groups eq "${group}"`])
    await users.list(call, { ...page, filter });
  for (const filter of [undefined, 'displayName eq "all"', `members eq "${id}"`])
    await groups.list(call, { ...page, filter });
  const where = [{ field: "id" as const, value: group }];
  await roster.userGroup.members(actor, where, { version: 1, limit: 10 });
  await roster.userGroup.erase(actor, where);
}

afterAll(async () => {
  Connection.prototype.prepare = prepare;
  Writer.prototype.run = run;
  connection.handle.close();
  await store.close();
});

/** Tables in which a tenant may have millions of rows. */
const large =
  /\b(customers|users|user_groups|user_group_members|change_log|search_terms|search_texts|idempotency_keys|idempotency_records)\b/;

/** The steps of a plan whose cost grows with the number of rows. */
function slow(connection: Connection, sql: string): string[] {
  const plan = connection.handle.prepare(`explain query plan ${sql}`).all(...places(sql)) as {
    detail: string;
  }[];
  return plan
    .map(({ detail }) => detail)
    .filter((detail) => /AUTOMATIC/.test(detail) || isSort(detail, sql) || isScan(detail, sql));
}

/** A sort after the search can be of any size, except for a customer's ancestors, which are few. */
const isSort = (detail: string, sql: string): boolean =>
  detail.includes("USE TEMP B-TREE FOR ORDER BY") && !sql.includes("recursive above");

/** A search by the tenant alone reads a whole index, which is intended only if an order and a limit bound it. */
function isScan(detail: string, sql: string): boolean {
  const aliased = /^(?:SCAN|SEARCH) (\w+)/.exec(detail)?.[1] ?? "";
  const table = new RegExp(`\\b(\\w+) ${aliased}\\b`).exec(sql)?.[1] ?? aliased;
  if (!large.test(table) && !large.test(aliased)) return false;
  // The index of the live records is there to count them.
  if (/COVERING INDEX users?(_groups)?_id /.test(detail) && sql.includes("count(*)")) return false;
  if (detail.startsWith("SCAN")) return !detail.includes("USING COVERING INDEX idempotency_keys_at");
  return /\(tenant=\?\)/.test(detail) && !/order by/.test(sql);
}

const places = (sql: string): unknown[] => {
  const named = [...sql.matchAll(/(?:[:@$]|\?(?=\d))(\w+)/gi)].map((match) => [match[1] ?? "", 1]);
  const positional = Array.from(sql.match(/\?(?!\d)/g) ?? [], () => 1);
  return named.length > 0 ? [...positional, Object.fromEntries(named) as unknown] : positional;
};

it("no statement reads more rows as a tenant grows", () => {
  const statements = [...asked].filter((sql) => /^\s*(select|with|update|delete)/i.test(sql));
  expect(statements.length).toBeGreaterThan(40);
  const offenders = statements
    .map((sql) => [sql.trim().slice(0, 120), ...slow(connection, sql)])
    .filter(({ length }) => length > 1);
  expect(offenders).toEqual([]);
});

it("a statement that reads more rows as a tenant grows is detected", () => {
  expect(slow(connection, "select * from customers where tenant = ? and job = ?")).toHaveLength(1);
  expect(slow(connection, "select * from customers where name = ?")).toHaveLength(1);
  expect(slow(connection, "select id from customers where tenant = ? order by job")).not.toEqual([]);
});
