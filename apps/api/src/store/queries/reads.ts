import type { RecordType, StoredRecords } from "@roster/domain";
import type { Database, TenantReader } from "../database.ts";
import { decodeLatest } from "../rows.ts";
import type { StoredRow } from "../stored-row.ts";
import { tables } from "../tables.ts";
import { actorsOf } from "./actor-names.ts";
import { ask, askOne, type Asker } from "./asker.ts";
import { changeSetOf, changeSets, changesOfSet } from "./change-sets.ts";
import { deliveryReader } from "./deliveries.ts";
import { asOf, history } from "./history.ts";
import { builds, tenantsWithBuilds } from "./index-builds.ts";
import { instantOf, talliesOf } from "./figures.ts";
import { keptRows } from "./keeping.ts";
import { changes, firstSeqAt, lastSeqs } from "./log.ts";
import { count, findAll, groupsOf, memberIds, members, recount, slice } from "./members.ts";
import {
  anyTenant,
  find,
  findRow,
  inherited,
  keysOf,
  mergedInto,
  tenantsAfter,
  tokenByHash,
} from "./records.ts";
import { search, searchFew } from "./search.ts";
import { entries, findRows, walk, walkRows } from "./walk.ts";

/** Reads of one tenant. */
export const tenantReader = (asker: Asker, tenant: number): TenantReader => ({
  async find<T extends RecordType>(type: T, { field, value }: { field: string; value: string | number }) {
    const found = await askOne(asker, find(asker.dialect, type, field), [tenant, value]);
    return found?.record as StoredRecords[T] | undefined;
  },
  async findRow<T extends RecordType>(type: T, { field, value }: { field: string; value: string | number }) {
    const found = await askOne(asker, findRow(asker.dialect, type, field), [tenant, value]);
    return found as StoredRow<T> | undefined;
  },
  inherited: (parent) => inherited(asker, tenant, parent),
  findRows: (type, field, values) => findRows(asker, tenant, type, field, values),
  walk: (type, query) => walk(asker, tenant, type, query),
  walkRows: (type, query) => walkRows(asker, tenant, type, query),
  entries: (type, along, limit) => entries(asker, tenant, type, along, limit),
  search: (type, parts, after, limit) => search(asker, tenant, type, parts, after, limit),
  searchFew: (type, parts) => searchFew(asker, tenant, type, parts),
  builds: (type) => builds(asker, tenant, type),
  asOf: (type, from, moment) => asOf(asker, tenant, type, from, moment),
  history: (type, id, from, limit) => history(asker, tenant, type, id, from, limit),
  count: (type) => count(asker, tenant, type),
  recount: (type, earlier) => recount(asker, tenant, type, earlier),
  slice: (type, offset, limit, order = "asc") => slice(asker, tenant, type, offset, limit, order),
  findAll: (type, ids) => findAll(asker, tenant, type, ids),
  memberIds: (group) => memberIds(asker, tenant, group),
  members: (group, after, limit) => members(asker, tenant, group, after, limit),
  groupsOf: (of) => groupsOf(asker, tenant, of),
  mergedInto: async (id) =>
    (await ask(asker, mergedInto(asker.dialect, false), { tenant, id })).map(([merged]) => merged as string),
  keys: async (id) =>
    (await ask(asker, keysOf(asker.dialect), { tenant, id })).map(([key, at]) => ({
      key: key as string,
      at: at as string,
    })),
  changeSet: (id) => askOne(asker, changeSetOf(asker.dialect), [tenant, id]),
  changeSets: (query) => changeSets(asker, tenant, query),
  changesOfSet: (set, before) => changesOfSet(asker, tenant, set, before),
  changes: (query) => changes(asker, tenant, query),
  tallies: (stretch) => talliesOf(asker, tenant, stretch),
  firstSeqAt: (at) => firstSeqAt(asker, tenant, at),
  instantOf: (seq) => instantOf(asker, tenant, seq),
  actors: (ids) => actorsOf(asker, tenant, ids),
  kept: (table, ...key) => keptRows(asker, tenant, table, key),
  deliveries: deliveryReader(asker, tenant),
});

/** Reads across tenants. */
export const reads = (
  asker: Asker,
): Pick<Database, "tokenByHash" | "tenants" | "lastSeqs" | "isEmpty" | "tenantsWithBuilds"> => ({
  async tokenByHash(hash) {
    const [row] = await ask(asker, tokenByHash(asker.dialect), { hash });
    if (!row) return undefined;
    const { record: token } = decodeLatest("token", row);
    return { token, tenant: decodeLatest("tenant", row, tables.token.columns.length + 1).record };
  },
  tenants: async (after, limit) =>
    (await ask(asker, tenantsAfter(asker.dialect), { after, limit })).map(
      (row) => decodeLatest("tenant", row).record,
    ),
  lastSeqs: (tenants) => lastSeqs(asker, tenants),
  tenantsWithBuilds: () => tenantsWithBuilds(asker),
  isEmpty: async () => (await ask(asker, anyTenant(asker.dialect), { limit: 1 })).length === 0,
});
