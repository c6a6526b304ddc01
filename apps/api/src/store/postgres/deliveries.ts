import {
  deliveriesKept,
  maxClaimed,
  type DeliveryNote,
  type DeliveryOverview,
  type DeliveryReader,
  type HeldWebhook,
  type Settlement,
  type WebhookKey,
} from "../deliveries.ts";
import { deliveryRows, pendingRows, replayRows } from "../delivery-rows.ts";
import { decodeEntry, logColumns, type Scalar } from "../rows.ts";
import type { Connection } from "./connection.ts";
import type { Reader } from "./reader.ts";
import { columnsOf, unnest } from "./values.ts";

/** The clock of the database server, in milliseconds: all nodes have the same. */
const now = "floor(extract(epoch from clock_timestamp()) * 1000)::bigint";

const wantsEvents = "w.enabled and w.deleted_at is null";
const key = "tenant, webhook";
const keyTypes = ["bigint", "text"];

/** A webhook that nobody has told of anything yet begins after the change that has made it. */
const insertCursors = `
  insert into webhook_cursors (tenant, webhook, seq, lease_until)
  select w.tenant, w.id, l.seq, 0 from webhooks w
  join change_log l on l.tenant = w.tenant and l.record_id = w.id and l.version = 1
  where ${wantsEvents} and not exists (select 1 from webhook_cursors c where c.tenant = w.tenant and c.webhook = w.id)
  on conflict do nothing`;

/** What another node is about to take is left to it. */
const claim = `
  update webhook_cursors c set lease_owner = $1, lease_until = ${now} + $2::bigint, lease_epoch = lease_epoch + 1
  from (
    select f.tenant, f.webhook from webhook_cursors f join webhooks w on w.tenant = f.tenant and w.id = f.webhook
    where f.lease_until < ${now} and ${wantsEvents} limit ${maxClaimed} for update of f skip locked
  ) free where c.tenant = free.tenant and c.webhook = free.webhook`;

const keep = `
  update webhook_cursors c
  set seq = w.seq, accepted_at = coalesce(w.accepted_at, c.accepted_at), lease_until = ${now} + w.lease
  from ${unnest(...keyTypes, "text", "bigint", "bigint", "text", "bigint")} as w(${key}, owner, epoch, seq, accepted_at, lease)
  where c.tenant = w.tenant and c.webhook = w.webhook and c.lease_owner = w.owner and c.lease_epoch = w.epoch`;

/** Only the node that still has the claim under which it sent says what is pending. */
const heldBy = `exists (
  select 1 from webhook_cursors c
  where c.tenant = w.tenant and c.webhook = w.webhook and c.lease_owner = w.owner and c.lease_epoch = w.epoch)`;
const putPending = `
  insert into webhook_pending (${key}, ${pendingRows.columns.join(", ")})
  select ${key}, ${pendingRows.columns.join(", ")}
  from ${unnest(...keyTypes, "text", "bigint", "text", "bigint", "bigint", "bigint", "text", "text", "text")}
    as w(${key}, owner, epoch, ${pendingRows.columns.join(", ")}) where ${heldBy}
  on conflict (tenant, webhook, record_id) do update set
  ${pendingRows.columns.map((name) => `${name} = excluded.${name}`).join(", ")}`;
const deletePending = `
  delete from webhook_pending p using ${unnest(...keyTypes, "text", "bigint", "text")} as w(${key}, owner, epoch, record_id)
  where p.tenant = w.tenant and p.webhook = w.webhook and p.record_id = w.record_id and ${heldBy}`;
const insertDeliveries = `
  insert into webhook_deliveries (${key}, ${deliveryRows.columns.join(", ")})
  select * from ${unnest(...keyTypes, "text", "bigint", "text", "bigint", "text", "bigint", "text", "bigint", "text", "text")}
  on conflict do nothing`;
const pruneDeliveries = `
  delete from webhook_deliveries d using ${unnest(...keyTypes)} as w(${key})
  where d.tenant = w.tenant and d.webhook = w.webhook and d.id <= (
    select o.id from webhook_deliveries o where o.tenant = w.tenant and o.webhook = w.webhook
    order by o.id desc limit 1 offset ${deliveriesKept}
  )`;
const startOver = `
  update webhook_pending p set attempts = 0, first_attempt_at = null, next_attempt_at = null
  from ${unnest(...keyTypes, "text", "bigint")} as w(${key}, owner, epoch)
  where p.tenant = w.tenant and p.webhook = w.webhook and ${heldBy}`;
const giveBack = `
  update webhook_cursors c set lease_owner = null, lease_until = 0
  from ${unnest(...keyTypes, "text", "bigint")} as w(${key}, owner, epoch)
  where c.tenant = w.tenant and c.webhook = w.webhook and c.lease_owner = w.owner and c.lease_epoch = w.epoch`;
const insertReplays = `
  insert into webhook_replays (${key}, ${replayRows.columns.join(", ")})
  select * from ${unnest(...keyTypes, "text", "bigint", "text")}`;
const deleteReplays = `
  delete from webhook_replays r using ${unnest(...keyTypes, "text", "bigint", "text")} as w(${key}, owner, epoch, id)
  where r.tenant = w.tenant and r.webhook = w.webhook and r.id = w.id and ${heldBy}`;
const selectHeld = "select tenant, webhook, lease_epoch from webhook_cursors where lease_owner = $1";

/** Writes a note. @returns the webhooks that the node holds then */
export async function writeNote(
  connection: Connection,
  { owner, lease, claim: claims, settlements, replays }: DeliveryNote,
): Promise<HeldWebhook[]> {
  const run = async (sql: string, rows: Scalar[][]): Promise<void> => {
    if (rows.length > 0) await connection.run(sql, columnsOf(rows));
  };
  const each = (sql: string, of: (settlement: Settlement) => Scalar[][]) => run(sql, settlements.flatMap(of));
  const named = ({ tenant, webhook }: WebhookKey): Scalar[] => [tenant, webhook];
  const guard = (of: HeldWebhook): Scalar[] => [...named(of), owner, of.epoch];
  // All are sent at once, and run in this order.
  const writes = [
    each(keep, (of) => [[...guard(of), of.seq, of.acceptedAt, lease]]),
    each(putPending, (of) => of.pending.map((row) => [...guard(of), ...pendingRows.values(row)])),
    each(deletePending, (of) => of.settled.map((id) => [...guard(of), id])),
    each(insertDeliveries, (of) => of.deliveries.map((row) => [...named(of), ...deliveryRows.values(row)])),
    each(pruneDeliveries, (of) => (of.prune ? [named(of)] : [])),
    each(deleteReplays, (of) => of.replays.map((id) => [...guard(of), id])),
    each(startOver, (of) => (of.lease === "give back disabled" ? [guard(of)] : [])),
    each(giveBack, (of) => (of.lease === "keep" ? [] : [guard(of)])),
    run(
      insertReplays,
      replays.map((replay) => [...named(replay), ...replayRows.values(replay)]),
    ),
    ...(claims ? [connection.run(insertCursors), connection.run(claim, [owner, lease])] : []),
  ];
  // The first that failed is what is thrown, and not what that did to those after it.
  const [held] = await Promise.all([connection.run(selectHeld, [owner]), ...writes]);
  return decodeHeld(held.rows);
}

const decodeHeld = (rows: readonly unknown[][]): HeldWebhook[] =>
  rows.map(([tenant, webhook, epoch]) => ({
    tenant: tenant as number,
    webhook: webhook as string,
    epoch: epoch as number,
  }));

const ofWebhook = "where tenant = $1 and webhook = $2";

export const deliveryReader = (reader: Reader, tenant: number): DeliveryReader => ({
  async state(webhook) {
    // What is pending is written together with the cursor, so both are read at once.
    const [cursor] = await reader.all(
      `select seq, accepted_at,
        (select coalesce(json_agg(json_build_array(${pendingRows.columns.join(", ")})), '[]') from webhook_pending ${ofWebhook}),
        (select coalesce(json_agg(json_build_array(${replayRows.columns.join(", ")}) order by id), '[]') from webhook_replays ${ofWebhook})
       from webhook_cursors ${ofWebhook}`,
      [tenant, webhook],
    );
    if (!cursor) return undefined;
    const [seq, acceptedAt, pending, replays] = cursor as [number, string | null, string, string];
    return {
      seq,
      acceptedAt,
      pending: (JSON.parse(pending) as unknown[][]).map(pendingRows.decode),
      replays: (JSON.parse(replays) as unknown[][]).map(replayRows.decode),
    };
  },
  async deliveries(webhook, { seq, before = "~", limit }) {
    const only = seq === undefined ? "" : " and seq = $5";
    const rows = await reader.all(
      `select ${deliveryRows.columns.join(", ")} from webhook_deliveries ${ofWebhook} and id < $3${only} order by id desc limit $4`,
      [tenant, webhook, before, limit, ...(seq === undefined ? [] : [seq])],
    );
    return rows.map(deliveryRows.decode);
  },
  async changesOf(recordId, after, upTo, limit) {
    const rows = await reader.all(
      `select ${logColumns.join(", ")} from change_log where tenant = $1 and record_id = $2 and seq > $3 and seq <= $4 order by version limit $5`,
      [tenant, recordId, after, upTo, limit],
    );
    return rows.map(decodeEntry);
  },
});

export const deliveryOverview = (reader: Reader): DeliveryOverview => ({
  anyFree: async () =>
    (
      await reader.all(
        `select 1 from webhooks w left join webhook_cursors c on c.tenant = w.tenant and c.webhook = w.id
         where ${wantsEvents} and coalesce(c.lease_until, 0) < ${now} limit 1`,
      )
    ).length > 0,
  replayed: async (owner) =>
    decodeHeld(
      await reader.all(
        "select distinct c.tenant, c.webhook, c.lease_epoch from webhook_replays r join webhook_cursors c on c.tenant = r.tenant and c.webhook = r.webhook where c.lease_owner = $1",
        [owner],
      ),
    ),
});
