import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { customerFields, parseCreate, parseMany, parseUpdate, RosterError, type Actor } from "@roster/domain";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createRoster, type Roster } from "../roster.ts";
import type { Database } from "../store/database.ts";
import { GroupCommit } from "../store/commit/group-commit.ts";
import { openSqlite } from "../store/sqlite/sqlite-database.ts";
import { createFirstTenant } from "./tenants.ts";

let folder: string;
let database: Database;
let commits: GroupCommit;
let roster: Roster;
let actor: Actor;
/** Runs after each page of a check, with the number of pages so far. */
let afterPage: (pages: number) => Promise<unknown>;
let pages: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roster-schema-"));
  database = await openSqlite(join(folder, "roster.db"));
  afterPage = async () => {};
  pages = 0;
  const watched: Database = {
    ...database,
    tenant(number) {
      const reader = database.tenant(number);
      return {
        ...reader,
        async walk(type, query) {
          const page = await reader.walk(type, query);
          await afterPage(++pages);
          return page;
        },
      };
    },
  };
  commits = new GroupCommit(database, pino({ level: "silent" }));
  const parts = { database: watched, commits, now: () => new Date().toISOString() };
  roster = createRoster(parts);
  const { id } = await createFirstTenant(parts, "test", "secret");
  actor = {
    id: "tester",
    name: "tester",
    tenant: { id, number: 1, name: "test" },
    scopes: ["admin"],
    source: "test",
    sealKey: "00".repeat(32),
  };
});
afterEach(async () => {
  await commits.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const schema = { properties: { seats: { type: "integer" } } };
const create = (seats: unknown) =>
  roster.customer.create(actor, parseCreate(customerFields, { properties: { seats } }));
const update = (id: string, seats: unknown) =>
  roster.customer.update(
    actor,
    parseUpdate(customerFields, { where: { id }, patch: { properties: { seats } } }),
  );
const set = (more: object = {}) => roster.setPropertiesSchema(actor, { schema, ...more });

it("a customer that stops fitting during the check prevents the schema from being set", async () => {
  const { id } = await create(1);
  afterPage = () => update(id, "many");
  await expect(set()).rejects.toMatchObject({
    code: "CONFLICT",
    faults: [{ pointer: "/schema", code: "in_use" }],
  });
  expect(await set({ dryRun: true })).toMatchObject({ misfitCount: 1 });
});

it("a customer that is created during the check is checked, too", async () => {
  afterPage = () => create("many");
  await expect(set()).rejects.toBeInstanceOf(RosterError);
});

it("a customer that is made to fit during the check does not prevent the next attempt", async () => {
  const { id } = await create("many");
  afterPage = () => update(id, 1);
  await expect(set()).rejects.toBeInstanceOf(RosterError);
  expect(await set()).toMatchObject({ applied: true, misfitCount: 0 });
});

it("if more customers change during the check than a commit may check, they are checked outside it again", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 6; i++)
    ids.push(...(await Promise.all(Array.from({ length: 100 }, () => create(1)))).map(({ id }) => id));
  const all = (seats: number) =>
    roster.customer.updateMany(
      actor,
      parseMany(customerFields, {
        items: ids.map((id) => ({ where: { id }, patch: { properties: { seats } } })),
      }),
    );
  const firstLook = ids.length / 50;
  afterPage = async (page) => page === firstLook && all(2);
  expect(await set()).toMatchObject({ applied: true, misfitCount: 0 });
  expect(pages).toBeGreaterThan(firstLook);
  afterPage = async () => {};
  const [first = ""] = ids;
  await expect(update(first, "many")).rejects.toMatchObject({ faults: [{ code: "schema" }] });
});

it("if customers never stop changing, the check ends with OVERLOADED", async () => {
  const ids = (await Promise.all(Array.from({ length: 510 }, () => create(1)))).map(({ id }) => id);
  let seats = 1;
  const all = () =>
    roster.customer.updateMany(
      actor,
      parseMany(customerFields, {
        items: ids.map((id) => ({ where: { id }, patch: { properties: { seats: ++seats } } })),
      }),
    );
  afterPage = all;
  await expect(set()).rejects.toMatchObject({ code: "OVERLOADED" });
});
