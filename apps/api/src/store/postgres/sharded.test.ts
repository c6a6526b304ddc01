import { customerFields, parseCreate, parseMany, parseUpdate, type Actor } from "@roster/domain";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { actor, codeOf, startNode, type Node } from "../../testing/node.ts";
import { startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import { replaceLevels } from "../../reference/hierarchy.ts";
import { createTenant } from "../../tenant/tenants.ts";
import { Connection } from "./connection.ts";
import { openPostgres } from "./postgres-database.ts";

/** A node on a database that is sharded by tenant: PostgreSQL itself, with a record of what it is asked. */

let server: PostgresServer;
let node: Node;
/** The statements that were prepared, in transactions and reads. */
const statements = new Set<string>();

beforeAll(async () => {
  server = await startPostgres();
  const { run } = Connection.prototype;
  vi.spyOn(Connection.prototype, "run").mockImplementation(function (this: Connection, text, values) {
    statements.add(text);
    return run.call(this, text, values);
  });
  node = await startNode(await openPostgres(await server.createDatabase(), {}, { sharded: true }));
});
afterAll(async () => {
  vi.restoreAllMocks();
  await node.close();
  await server.dispose();
});

/** Statements that are not about one tenant, and why. */
const exceptions: [statement: RegExp, why: string][] = [
  [/^select set_config|^select pg_is_in_recovery|^select 1 from tenants/, "they read no tenant's rows"],
  [/ from "tenants"|"tokens" as "k" inner join "tenants"/, "tenants and tokens are reference tables"],
  [/from "idempotency_keys" as "o"/, "a tenant that writes nothing more must not keep its keys for ever"],
  [/"webhook_cursors"/, "a node delivers to the webhooks of any tenant"],
  [/cross join "tenant_counters" as "c" where "c"."tenant" = "w"."of"/, "a node follows many logs"],
];

it("names the tenant of everything that it reads and writes", async () => {
  const actors: Actor[] = [actor];
  for (const name of ["second", "third"]) {
    const { id, number } = await createTenant(node.store, actor, { name });
    actors.push({ ...actor, tenant: { id, number, name } });
  }
  const { customer } = node.roster;
  const byId = (id: string) => [{ field: "id", value: id }] as const;
  await Promise.all(
    actors.map(async (of) => {
      await replaceLevels(node.store, of, { levels: ["Group", "Company"] });
      const make = (input: object, key = String(Math.random())) =>
        customer.create({ ...of, idempotency: { key, fingerprint: "" } }, parseCreate(customerFields, input));
      const update = (id: string, patch: object) =>
        customer.update(of, parseUpdate(customerFields, { where: { id }, patch }));
      const [parent, child] = await Promise.all([
        make({ providedId: "same", name: "Parent", hierarchyLevel: "Group" }, "same"),
        make({ name: "Child", email: "child@example.com" }),
      ]);
      expect((await make({}, "same")).id).toBe(parent.id);
      await update(child.id, { hierarchyLevel: "Company", parent: parent.id });
      for (const mode of ["atomic", "independent"]) {
        const items = Array.from({ length: 300 }, (_, i) => ({
          where: { id: i % 2 === 0 ? parent.id : child.id },
          patch: { properties: { [`k${i}`]: mode } },
        }));
        const { applied } = await customer.updateMany(of, parseMany(customerFields, { items, mode }));
        expect(applied).toBe(300);
      }
      expect(await codeOf(update(parent.id, { hierarchyLevel: "Company" }))).not.toBe("fine");
      expect(await customer.get(of, byId(child.id), true)).toMatchObject({ version: 302 });
      await customer.erase(of, byId(child.id));
      expect(await customer.get(of, byId(parent.id), true)).toMatchObject({
        providedId: "same",
        version: 301,
      });
    }),
  );
  expect(await node.database.lastSeqs(actors.map(({ tenant }) => tenant.number))).toHaveProperty("size", 3);
  const claim = { owner: "node", lease: 1_000, claim: true, settlements: [], replays: [] };
  expect(await node.commits.submit({ keep: (transaction) => transaction.note(claim) })).toEqual([]);
  await node.database.ping();
  const unnamed = [...statements].filter(
    (text) =>
      !/"?tenant"? = \$\d|insert into "?\w+"? \("tenant".* select \$\d|values \(\$1/.test(text) &&
      !exceptions.some(([statement]) => statement.test(text)),
  );
  expect(unnamed).toEqual([]);
  const needless = exceptions.filter(([exception]) => ![...statements].some((text) => exception.test(text)));
  expect(needless).toEqual([]);
});
