import { readFileSync } from "node:fs";
import { initTRPC } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import Database from "better-sqlite3";
import { eq, getTableColumns } from "drizzle-orm";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { z } from "zod";

/**
 * An update written by hand with tRPC and Drizzle, following their guides: a table, and one update statement
 * that returns the row. It keeps no history and checks no versions.
 *
 * Arguments: a database; the journal mode of SQLite, which is either `delete`, the default, or `wal`, which
 * most guides to SQLite on servers advise, and in which better-sqlite3 does not wait for the disk at a
 * commit; and, only to create the database instead of serving it, a JSON file with customers.
 */

const [file, journal, customersFile] = process.argv.slice(2) as [string, "delete" | "wal", string?];

const customers = sqliteTable("customers", {
  id: text().primaryKey(),
  number: integer().notNull().unique(),
  token: text().notNull(),
  providedId: text("provided_id").unique(),
  referenceId: text("reference_id").unique(),
  uuid: text(),
  ssoId: text("sso_id"),
  stripeCustomerId: text("stripe_customer_id"),
  name: text(),
  firstName: text("first_name"),
  lastName: text("last_name"),
  email: text(),
  emails: text({ mode: "json" }).$type<string[]>().notNull(),
  phone: text(),
  dateOfBirth: text("date_of_birth"),
  gender: text(),
  maritalStatus: text("marital_status"),
  identityNumber: text("identity_number"),
  job: text(),
  avatarUrl: text("avatar_url"),
  address: text(),
  addressStreet: text("address_street"),
  addressNeighborhood: text("address_neighborhood"),
  addressCity: text("address_city"),
  addressState: text("address_state"),
  addressCountry: text("address_country"),
  defaultChannelId: integer("default_channel_id"),
  userId: integer("user_id"),
  accessGroup: text("access_group"),
  groupTags: text("group_tags", { mode: "json" }).$type<string[]>().notNull(),
  hierarchyLevel: text("hierarchy_level"),
  parent: text(),
  properties: text({ mode: "json" }).$type<Record<string, unknown>>(),
  mapping: text({ mode: "json" }).$type<Record<string, unknown>>(),
  isDemo: integer("is_demo", { mode: "boolean" }).notNull().default(false),
  timestamp: integer({ mode: "timestamp_ms" }),
  activationDate: integer("activation_date", { mode: "timestamp_ms" }),
  createdAt: integer("created_at", { mode: "timestamp_ms" })
    .notNull()
    .$defaultFn(() => new Date()),
  updatedAt: integer("updated_at", { mode: "timestamp_ms" })
    .notNull()
    .$defaultFn(() => new Date())
    .$onUpdateFn(() => new Date()),
  deletedAt: integer("deleted_at", { mode: "timestamp_ms" }),
});

const sqlite = new Database(file);
if (journal === "wal") sqlite.pragma("journal_mode = WAL");
const db = drizzle({ client: sqlite });

if (customersFile !== undefined) {
  // The table that `drizzle-kit push` would create from the one above.
  const columns = Object.values(getTableColumns(customers)).map((column) =>
    [
      column.name,
      column.getSQLType(),
      column.primary && "primary key",
      column.notNull && "not null",
      column.isUnique && "unique",
    ]
      .filter(Boolean)
      .join(" "),
  );
  sqlite.exec(`create table customers (${columns.join(", ")})`);
  const given = JSON.parse(readFileSync(customersFile, "utf8")) as { id: string; number: number }[];
  for (let i = 0; i < given.length; i += 500) {
    const rows = given.slice(i, i + 500).map((customer) => ({
      emails: [],
      groupTags: [],
      token: `token-${customer.number}`,
      ...customer,
    }));
    await db.insert(customers).values(rows);
  }
  sqlite.close();
  process.exit();
}

const t = initTRPC.create();

const name = z.string().max(255).nullish();
const customerUpdate = z.object({
  id: z.uuid(),
  providedId: name,
  name,
  firstName: name,
  lastName: name,
  email: z.email().nullish(),
  emails: z.array(z.email()).optional(),
  phone: name,
  dateOfBirth: z.iso.date().nullish(),
  gender: z.enum(["male", "female", "other"]).nullish(),
  addressState: name,
  address: z.string().max(1000).nullish(),
  addressStreet: name,
  addressNeighborhood: name,
  addressCountry: z.string().length(2).nullish(),
  properties: z.record(z.string(), z.unknown()).nullish(),
});

const appRouter = t.router({
  updateCustomer: t.procedure.input(customerUpdate).mutation(async ({ input: { id, ...data } }) => {
    const [customer] = await db.update(customers).set(data).where(eq(customers.id, id)).returning();
    return customer;
  }),
});

const server = createHTTPServer({ router: appRouter, basePath: "/trpc/" });
// Node looks at its timers first: after a pause of five seconds on a busy machine it would close connections
// whose requests have arrived.
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") process.send?.({ port: address?.port });
});
process.once("disconnect", () => process.exit());
