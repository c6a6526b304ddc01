import BetterSqlite from "better-sqlite3";
import { createApi } from "@roster/api";
import { contextOf } from "@roster/api/testing/context";
import { createLocalClient } from "@roster/client";
import { customerFields, loggedFields, type LoggedChange, type StoredCustomer } from "@roster/domain";
import { readPrimaryAddress } from "../../../apps/api/src/store/postgres/address.ts";
import { Connection } from "../../../apps/api/src/store/postgres/connection.ts";
import { postgres } from "../../../apps/api/src/store/postgres/dialect.ts";
import { write } from "../../../apps/api/src/store/postgres/write.ts";
import { writesOf } from "../../../apps/api/src/store/queries/write.ts";
import { columnList, encode, logColumns, logValues } from "../../../apps/api/src/store/rows.ts";
import { tables, textOf, terms, valueOf } from "../../../apps/api/src/store/tables.ts";
import { customerId, customerInput } from "./customers.ts";

/** The numbers of customers in a database. Their indexes run from 0 in this order. */
export interface Population {
  /** Customers without a place in the hierarchy. */
  flat: number;
  /** One customer has this many children, each of which has this many. */
  tree?: { children: number; each: number };
  /** One customer has this many ancestors. */
  above?: number;
}

/** The indexes of a population's customers. */
export interface Places {
  total: number;
  flat: { first: number; count: number };
  top: { first: number; count: 1 };
  leaves: { first: number; count: number };
  /** One of the leaves. */
  leaf: { first: number; count: 1 };
  deepest: { first: number; count: 1 };
}

export function places({ flat, tree = { children: 0, each: 0 }, above = 0 }: Population): Places {
  const leaves = flat + 1 + tree.children;
  const chain = tree.children === 0 ? flat : leaves + tree.children * tree.each;
  const total = above === 0 ? chain : chain + above + 1;
  return {
    total,
    flat: { first: 0, count: flat },
    top: { first: flat, count: 1 },
    leaves: { first: leaves, count: tree.children * tree.each },
    leaf: { first: leaves, count: 1 },
    deepest: { first: total - 1, count: 1 },
  };
}

/** The index of a customer's parent, if it has one, and the number of its ancestors. */
function placeOf(index: number, population: Population): { parent?: number; depth: number } | undefined {
  const { flat, tree } = population;
  const { top, leaves, total } = places(population);
  if (index < flat) return undefined;
  if (tree && index === top.first) return { depth: 0 };
  if (tree && index < leaves.first) return { parent: top.first, depth: 1 };
  if (tree && index < leaves.first + leaves.count) {
    return { parent: top.first + 1 + Math.floor((index - leaves.first) / tree.each), depth: 2 };
  }
  const depth = (population.above ?? 0) - (total - 1 - index);
  return depth === 0 ? { depth } : { parent: index - 1, depth };
}

const levelName = (depth: number): string => `Level ${depth + 1}`;

/**
 * Creates an SQLite database with a tenant, an admin token and many customers. Roster itself creates the
 * tenant, the token and the levels. The customers are written as Roster writes them, with their search terms,
 * log rows and counters, but in bulk: a million takes about four minutes.
 * @param file the path of the database; it must not exist
 * @param onProgress called from time to time with the number of customers so far
 */
export async function seed(
  file: string,
  token: string,
  population: Population,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<void> {
  const [owner] = await makeTenants(`sqlite:${file}`, token, population, 1);
  insertCustomers(file, owner as Owner, population, onProgress);
}

/**
 * Like `seed`, on PostgreSQL, by Roster's own statements.
 * @param url the address of a database without tables
 * @param tenants the number of tenants, which get the customers in turn
 * @returns the admin token of each tenant
 */
export async function seedPostgres(
  url: string,
  token: string,
  population: Population,
  tenants = 1,
): Promise<string[]> {
  const owners = await makeTenants(url, token, population, tenants);
  const connection = await Connection.open(readPrimaryAddress(url));
  await connection.script("begin");
  for (const [i, owner] of owners.entries()) {
    await insertOnPostgres(connection, owner, population, { from: i, step: tenants });
  }
  await connection.script("commit");
  // Otherwise the database would do this by itself minutes later, during a measurement.
  await connection.script("vacuum analyze");
  await connection.close();
  return owners.map((owner) => owner.token);
}

async function insertOnPostgres(
  connection: Connection,
  owner: Owner,
  population: Population,
  turn: Turn,
): Promise<void> {
  const [[seq, customer, user, channel] = []] = (
    await connection.run(`select seq, customer, "user", channel from tenant_counters where tenant = $1`, [
      owner.tenant,
    ])
  ).rows as [number, number, number, number][];
  const before = { seq: seq ?? 0, customer: customer ?? 0 };
  const made = [...customers(owner, before, population, turn)];
  const after = {
    seq: before.seq + made.length,
    customer: before.customer + made.length,
    user: user ?? 0,
    channel: channel ?? 0,
    // It is stored in the log only.
    latest: "",
  };
  for (let i = 0; i < made.length; i += 1_000) {
    const some = made.slice(i, i + 1_000);
    const { tenant } = owner;
    const writes = writesOf(postgres, {
      rows: some.map(({ record, entry: { seq: at } }) => ({
        tenant,
        type: "customer",
        before: undefined,
        record,
        seq: at,
      })),
      log: some.map(({ entry }) => ({ tenant, entry, prevSeq: null })),
      keys: [],
      erasures: [],
      kept: [],
      counters: [[tenant, after]],
    });
    await write(connection, postgres, writes, []);
  }
}

/** The tenant of some customers, its admin token, and the actor who made them. */
interface Owner {
  tenant: number;
  token: string;
  actor: string;
}

/** The customers of one tenant: one in every `step`, beginning at an index. */
interface Turn {
  from: number;
  step: number;
}

/** @param token the admin token of the first tenant */
async function makeTenants(
  databaseUrl: string,
  token: string,
  population: Population,
  tenants: number,
): Promise<Owner[]> {
  const api = await createApi({ databaseUrl, token });
  const depths = Math.max(population.tree ? 3 : 0, population.above === undefined ? 0 : population.above + 1);
  const client = createLocalClient(api, { token });
  if (depths > 0) {
    await client.hierarchyLevel.replaceAll.mutate({
      levels: Array.from({ length: depths }, (_, depth) => levelName(depth)),
    });
  }
  const others = await Promise.all(
    Array.from({ length: tenants - 1 }, (_, i) => client.tenant.create.mutate({ name: `Tenant ${i + 2}` })),
  );
  const tokens = [token, ...others.map((other) => other.token)];
  const owners = await Promise.all(
    tokens.map(async (own) => {
      const actor = await contextOf(api, own).actor();
      return { tenant: actor.tenant.number, token: own, actor: actor.id };
    }),
  );
  await api.close();
  return owners;
}

/** Yields the customers of a population with their log entries. */
function* customers(
  { actor }: Owner,
  before: { seq: number; customer: number },
  population: Population,
  { from, step }: Turn = { from: 0, step: 1 },
): Generator<{ record: StoredCustomer; entry: LoggedChange }> {
  const now = new Date().toISOString();
  const logged = loggedFields(customerFields);
  const { total } = places(population);
  for (let index = from, nth = 1; index < total; index += step, nth++) {
    const record = storedCustomer(index, before.customer + nth, now, actor, population);
    const entry: LoggedChange = {
      seq: before.seq + nth,
      recordType: "customer",
      recordId: record.id,
      version: 1,
      action: "create",
      at: now,
      actor,
      source: "local",
      reason: null,
      changes: logged.flatMap((field) => {
        const to = valueOf(record, field) as LoggedChange["changes"][number]["to"];
        return to === null || to === undefined ? [] : [{ path: `/${field}`, to }];
      }),
    };
    yield { record, entry };
  }
}

function insertCustomers(
  file: string,
  owner: Owner,
  population: Population,
  onProgress: (done: number, total: number) => void,
): void {
  const { tenant } = owner;
  const { total } = places(population);
  const database = new BetterSqlite(file);
  // Nothing is acknowledged yet, so a file left by a crash can be thrown away.
  database.pragma("journal_mode = MEMORY");
  database.pragma("synchronous = OFF");
  database.pragma("cache_size = -256000");
  const { columns } = tables.customer;
  const intoCustomers = database.prepare(
    `insert into customers (tenant, seq, ${columnList("customer")}) values (?, ?${", ?".repeat(columns.length)})`,
  );
  const intoLog = database.prepare(
    `insert into change_log (tenant, ${logColumns.join(", ")}) values (?${", ?".repeat(logColumns.length)})`,
  );
  // Terms are inserted in the order of their index in the end, and letters are merged in large portions.
  database.exec("create temp table unsorted (field, term, record_id)");
  const intoTerms = database.prepare("insert into unsorted values (?, ?, ?)");
  database.exec(`insert into search_index (search_index, rank) values ('hashsize', ${64 * 2 ** 20})`);
  const intoTexts = database.prepare(
    "insert into search_texts (tenant, record_type, number, text) values (?, 'customer', ?, ?)",
  );
  const before = database
    .prepare("select seq, customer from tenant_counters where tenant = ?")
    .get(tenant) as { seq: number; customer: number };

  database.exec("begin");
  let done = 0;
  for (const { record, entry } of customers(owner, before, population)) {
    intoCustomers.run(tenant, entry.seq, ...columns.map((column) => encode(column, record)));
    intoLog.run(tenant, ...logValues(entry));
    for (const { field, term } of terms("customer", record)) intoTerms.run(field, term, record.id);
    intoTexts.run(tenant, record.number, textOf("customer", record));
    if (done++ % 5_000 === 0) onProgress(done, total);
  }
  database
    .prepare("update tenant_counters set seq = seq + ?, customer = customer + ? where tenant = ?")
    .run(total, total, tenant);
  database
    .prepare(
      `insert into search_terms (tenant, record_type, field, term, record_id)
        select ?, 'customer', field, term, record_id from unsorted order by field, term, record_id`,
    )
    .run(tenant);
  database.exec(`insert into search_index (search_index, rank) values ('hashsize', ${2 ** 20})`);
  database.exec("commit");
  database.close();
  onProgress(total, total);
}

/** A customer as it is stored right after its creation. */
function storedCustomer(
  index: number,
  number: number,
  now: string,
  actor: string,
  population: Population,
): StoredCustomer {
  const blank = Object.fromEntries(
    tables.customer.columns.map(({ field, policy }) => [field, policy.initial ?? null]),
  );
  const place = placeOf(index, population);
  return {
    ...(blank as unknown as StoredCustomer),
    ...customerInput(index),
    ...(place && { hierarchyLevel: levelName(place.depth) }),
    ...(place?.parent !== undefined && { parent: customerId(place.parent) }),
    id: customerId(index),
    number,
    token: `token-of-customer-${index.toString().padStart(14, "0")}`,
    version: 1,
    createdAt: now,
    updatedAt: now,
    createdBy: actor,
    updatedBy: actor,
  };
}
