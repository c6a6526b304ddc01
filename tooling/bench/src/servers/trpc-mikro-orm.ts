import { readFileSync } from "node:fs";
import { defineEntity, MikroORM, p, wrap, type EntityManager } from "@mikro-orm/sqlite";
import { initTRPC } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { z } from "zod";

/**
 * An update written by hand with tRPC and MikroORM, following their guides: an entity, a fork of the entity
 * manager for each request, find, assign, flush. It keeps no history and checks no versions.
 *
 * Arguments: a database; the journal mode of SQLite, which is either `delete`, the default, or `wal`, which
 * most guides to SQLite on servers advise, and in which better-sqlite3 does not wait for the disk at a
 * commit; and, only to create the database instead of serving it, a JSON file with customers.
 */

const [file, journal, customersFile] = process.argv.slice(2) as [string, "delete" | "wal", string?];

const CustomerSchema = defineEntity({
  name: "Customer",
  tableName: "customers",
  properties: {
    id: p.uuid().primary(),
    number: p.integer().unique(),
    token: p.string(),
    providedId: p.string().nullable().unique(),
    referenceId: p.string().nullable().unique(),
    uuid: p.string().nullable(),
    ssoId: p.string().nullable(),
    stripeCustomerId: p.string().nullable(),
    name: p.string().nullable(),
    firstName: p.string().nullable(),
    lastName: p.string().nullable(),
    email: p.string().nullable(),
    emails: p.json<string[]>(),
    phone: p.string().nullable(),
    dateOfBirth: p.string().nullable(),
    gender: p.string().nullable(),
    maritalStatus: p.string().nullable(),
    identityNumber: p.string().nullable(),
    job: p.string().nullable(),
    avatarUrl: p.string().nullable(),
    address: p.string().nullable(),
    addressStreet: p.string().nullable(),
    addressNeighborhood: p.string().nullable(),
    addressCity: p.string().nullable(),
    addressState: p.string().nullable(),
    addressCountry: p.string().nullable(),
    defaultChannelId: p.integer().nullable(),
    userId: p.integer().nullable(),
    accessGroup: p.string().nullable(),
    groupTags: p.json<string[]>(),
    hierarchyLevel: p.string().nullable(),
    parent: p.string().nullable(),
    properties: p.json<Record<string, unknown>>().nullable(),
    mapping: p.json<Record<string, unknown>>().nullable(),
    isDemo: p.boolean().default(false),
    timestamp: p.datetime().nullable(),
    activationDate: p.datetime().nullable(),
    createdAt: p.datetime().onCreate(() => new Date()),
    updatedAt: p
      .datetime()
      .onCreate(() => new Date())
      .onUpdate(() => new Date()),
    deletedAt: p.datetime().nullable(),
  },
});
class Customer extends CustomerSchema.class {}
CustomerSchema.setClass(Customer);

const orm = await MikroORM.init({ entities: [Customer], dbName: file });
if (journal === "wal") await orm.em.getConnection().execute("pragma journal_mode = wal");
if (customersFile !== undefined) {
  await orm.schema.create();
  const customers = JSON.parse(readFileSync(customersFile, "utf8")) as { id: string; number: number }[];
  for (let i = 0; i < customers.length; i += 500) {
    const rows = customers.slice(i, i + 500).map((customer) => ({
      emails: [],
      groupTags: [],
      isDemo: false,
      token: `token-${customer.number}`,
      createdAt: new Date(),
      updatedAt: new Date(),
      ...customer,
    }));
    await orm.em.fork().insertMany(Customer, rows);
  }
  await orm.close();
  process.exit();
}

const t = initTRPC.context<{ em: EntityManager }>().create();

const text = z.string().max(255).nullish();
const customerUpdate = z.object({
  id: z.uuid(),
  providedId: text,
  name: text,
  firstName: text,
  lastName: text,
  email: z.email().nullish(),
  emails: z.array(z.email()).optional(),
  phone: text,
  dateOfBirth: z.iso.date().nullish(),
  gender: z.enum(["male", "female", "other"]).nullish(),
  addressState: text,
  address: z.string().max(1000).nullish(),
  addressStreet: text,
  addressNeighborhood: text,
  addressCountry: z.string().length(2).nullish(),
  properties: z.record(z.string(), z.unknown()).nullish(),
});

const appRouter = t.router({
  updateCustomer: t.procedure.input(customerUpdate).mutation(async ({ ctx, input: { id, ...data } }) => {
    const customer = await ctx.em.findOneOrFail(Customer, id);
    wrap(customer).assign(data);
    await ctx.em.flush();
    return customer;
  }),
});

const server = createHTTPServer({
  router: appRouter,
  basePath: "/trpc/",
  createContext: () => ({ em: orm.em.fork() }),
});
// Node looks at its timers first: after a pause of five seconds on a busy machine it would close connections
// whose requests have arrived.
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") process.send?.({ port: address?.port });
});
process.once("disconnect", () => process.exit());
