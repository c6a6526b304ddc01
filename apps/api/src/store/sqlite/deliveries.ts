import type { DeliveryJson } from "@roster/domain";
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
import { decodeEntry, logColumns } from "../rows.ts";
import type { Connection } from "./connection.ts";
import type { Statement } from "./writer.ts";

/** The clock of the machine, in milliseconds: all processes that share a file have the same. */
const now = "cast(unixepoch('subsec') * 1000 as integer)";

const wantsEvents = "w.enabled and w.deleted_at is null";

/** A webhook that nobody has told of anything yet begins after the change that has made it. */
const insertCursors = `
  insert into webhook_cursors (tenant, webhook, seq, lease_until)
  select w.tenant, w.id, l.seq, 0 from webhooks w
  join change_log l on l.tenant = w.tenant and l.record_id = w.id and l.version = 1
  where ${wantsEvents} and not exists (select 1 from webhook_cursors c where c.tenant = w.tenant and c.webhook = w.id)`;

const claim = `
  update webhook_cursors set lease_owner = ?, lease_until = ${now} + ?, lease_epoch = lease_epoch + 1
  where (tenant, webhook) in (
    select c.tenant, c.webhook from webhook_cursors c join webhooks w on w.tenant = c.tenant and w.id = c.webhook
    where c.lease_until < ${now} and ${wantsEvents} limit ${maxClaimed}
  )`;

const keep = `
  update webhook_cursors set seq = ?, accepted_at = coalesce(?, accepted_at), lease_until = ${now} + ?
  where tenant = ? and webhook = ? and lease_owner = ? and lease_epoch = ?`;
/** Only the node that still has the claim under which it sent says what is pending. */
const held =
  "exists (select 1 from webhook_cursors where tenant = ? and webhook = ? and lease_owner = ? and lease_epoch = ?)";
const putPending = `
  insert into webhook_pending (tenant, webhook, ${pendingRows.columns.join(", ")})
  select ?, ?${", ?".repeat(pendingRows.columns.length)} where ${held}
  on conflict (tenant, webhook, record_id) do update set
  ${pendingRows.columns.map((name) => `${name} = excluded.${name}`).join(", ")}`;
const deletePending = `delete from webhook_pending where tenant = ? and webhook = ? and record_id = ? and ${held}`;
const insertDelivery = `insert into webhook_deliveries (tenant, webhook, ${deliveryRows.columns.join(", ")}) values (?, ?${", ?".repeat(deliveryRows.columns.length)}) on conflict do nothing`;
const pruneDeliveries = `
  delete from webhook_deliveries where tenant = ? and webhook = ? and id <= (
    select id from webhook_deliveries where tenant = ? and webhook = ? order by id desc limit 1 offset ${deliveriesKept}
  )`;
const startOver = `
  update webhook_pending set attempts = 0, first_attempt_at = null, next_attempt_at = null
  where tenant = ? and webhook = ? and ${held}`;
const giveBack = `
  update webhook_cursors set lease_owner = null, lease_until = 0
  where tenant = ? and webhook = ? and lease_owner = ? and lease_epoch = ?`;
const insertReplay = `
  insert into webhook_replays (tenant, webhook, ${replayRows.columns.join(", ")}) values (?, ?, ?, ?, ?)`;
const deleteReplay = `delete from webhook_replays where tenant = ? and webhook = ? and id = ? and ${held}`;
const selectHeld = "select tenant, webhook, lease_epoch from webhook_cursors where lease_owner = ?";

/** The statements that write a note; the last reads which webhooks the node holds then. */
export function noteStatements({
  owner,
  lease,
  claim: claims,
  settlements,
  replays,
}: DeliveryNote): Statement[] {
  const each = (sql: string, of: (settlement: Settlement) => unknown[][]): Statement[] => {
    const rows = settlements.flatMap(of);
    return rows.length > 0 ? [{ sql, rows }] : [];
  };
  const key = ({ tenant, webhook }: WebhookKey) => [tenant, webhook];
  const guard = (of: HeldWebhook) => [...key(of), owner, of.epoch];
  const givingBack = (of: Settlement) => (of.lease === "keep" ? [] : [guard(of)]);
  return [
    ...each(keep, (of) => [[of.seq, of.acceptedAt, lease, ...guard(of)]]),
    ...each(putPending, (of) =>
      of.pending.map((row) => [...key(of), ...pendingRows.values(row), ...guard(of)]),
    ),
    ...each(deletePending, (of) => of.settled.map((id) => [...key(of), id, ...guard(of)])),
    ...each(insertDelivery, (of) => of.deliveries.map((row) => [...key(of), ...deliveryRows.values(row)])),
    ...each(pruneDeliveries, (of) => (of.prune ? [[...key(of), ...key(of)]] : [])),
    ...each(deleteReplay, (of) => of.replays.map((id) => [...key(of), id, ...guard(of)])),
    ...each(startOver, (of) => (of.lease === "give back disabled" ? [[...key(of), ...guard(of)]] : [])),
    ...each(giveBack, givingBack),
    ...(replays.length > 0
      ? [
          {
            sql: insertReplay,
            rows: replays.map((replay) => [...key(replay), ...replayRows.values(replay)]),
          },
        ]
      : []),
    ...(claims
      ? [
          { sql: insertCursors, rows: [[]] },
          { sql: claim, rows: [[owner, lease]] },
        ]
      : []),
    { sql: selectHeld, rows: [[owner]] },
  ];
}

export const decodeHeld = (rows: readonly unknown[][]): HeldWebhook[] =>
  rows.map(([tenant, webhook, epoch]) => ({
    tenant: tenant as number,
    webhook: webhook as string,
    epoch: epoch as number,
  }));

const ofWebhook = "where tenant = ? and webhook = ?";

export const deliveryReader = (connection: Connection, tenant: number): DeliveryReader => ({
  async state(webhook) {
    const cursor = connection.get(
      `select seq, accepted_at from webhook_cursors ${ofWebhook}`,
      tenant,
      webhook,
    );
    if (!cursor) return undefined;
    const pending = `select ${pendingRows.columns.join(", ")} from webhook_pending ${ofWebhook}`;
    const replays = `select ${replayRows.columns.join(", ")} from webhook_replays ${ofWebhook} order by id`;
    return {
      seq: cursor[0] as number,
      acceptedAt: cursor[1] as string | null,
      pending: connection.all(pending, tenant, webhook).map(pendingRows.decode),
      replays: connection.all(replays, tenant, webhook).map(replayRows.decode),
    };
  },
  async deliveries(webhook, { seq, before = "~", limit }): Promise<DeliveryJson[]> {
    const only = seq === undefined ? "" : " and seq = ?";
    const values = [tenant, webhook, before, ...(seq === undefined ? [] : [seq]), limit];
    const sql = `select ${deliveryRows.columns.join(", ")} from webhook_deliveries ${ofWebhook} and id < ?${only} order by id desc limit ?`;
    return connection.all(sql, ...values).map(deliveryRows.decode);
  },
  // The pluses keep SQLite to the index of the record's rows.
  changesOf: async (recordId, after, upTo, limit) =>
    connection
      .all(
        `select ${logColumns.join(", ")} from change_log where tenant = ? and record_id = ? and +seq > ? and +seq <= ? order by version limit ?`,
        tenant,
        recordId,
        after,
        upTo,
        limit,
      )
      .map(decodeEntry),
});

export const deliveryOverview = (connection: Connection): DeliveryOverview => ({
  anyFree: async () =>
    connection.get(
      `select 1 from webhooks w left join webhook_cursors c on c.tenant = w.tenant and c.webhook = w.id
       where ${wantsEvents} and coalesce(c.lease_until, 0) < ${now} limit 1`,
    ) !== undefined,
  replayed: async (owner) =>
    decodeHeld(
      connection.all(
        "select distinct c.tenant, c.webhook, c.lease_epoch from webhook_replays r join webhook_cursors c on c.tenant = r.tenant and c.webhook = r.webhook where c.lease_owner = ?",
        owner,
      ),
    ),
});
