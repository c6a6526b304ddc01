import type { DeliveryJson } from "@roster/domain";
import { sql, type RawBuilder } from "kysely";
import { bookkeeping } from "../bookkeeping.ts";
import {
  deliveriesKept,
  maxClaimed,
  type DeliveryNote,
  type DeliveryOverview,
  type DeliveryReader,
  type HeldWebhook,
  type Pending,
  type Replay,
  type Settlement,
  type WebhookKey,
} from "../deliveries.ts";
import type { Scalar } from "../rows.ts";
import { snake } from "../tables.ts";
import { ask, type Asker, shape, type Compiled, type RowColumns, type SqlDialect } from "./asker.ts";
import { acrossTenants, compile, param, writing, type Write } from "./build.ts";
import { changesOf } from "./history.ts";

/** Reads of the stored delivery progress, and the statements that write a note. */

/** Conversions between a table's rows and objects, without the tenant and the webhook. */
function rowsOf<Row>(entity: "webhookPending" | "webhookReplays" | "webhookDeliveries") {
  const { tenant: _tenant, webhook: _webhook, ...kept } = bookkeeping[entity];
  const fields = Object.keys(kept);
  return {
    columns: Object.fromEntries(
      Object.entries(kept).map(([field, { type }]) => [snake(field), type]),
    ) as RowColumns,
    names: fields.map(snake),
    values: (row: Row): Scalar[] => fields.map((field) => (row as Record<string, Scalar>)[field] ?? null),
    decode: (values: readonly unknown[]): Row =>
      Object.fromEntries(fields.map((field, i) => [field, values[i]])) as Row,
  };
}
const pendingRows = rowsOf<Pending>("webhookPending");
const replayRows = rowsOf<Replay>("webhookReplays");
const deliveryRows = rowsOf<DeliveryJson>("webhookDeliveries");

const key = { tenant: "integer", webhook: "text" } as const;
/** Identifies the claim that a row is written under; rows of an earlier claim are ignored. */
const claimed = { ...key, lease_owner: "text", lease_epoch: "integer" } as const;

const keep = shape((dialect) =>
  writing(dialect, { ...claimed, seq: "integer", accepted_at: "text", lease: "integer" }, (db, w) => {
    const set = db.updateTable("webhook_cursors as c").set(({ fn, ref }) => ({
      seq: w.ref("seq"),
      accepted_at: fn.coalesce(w.ref("accepted_at"), ref("c.accepted_at")),
      lease_until: sql<number>`${dialect.now} + ${w.ref("lease")}`,
    }));
    return w.match(w.from(set), "c", ["tenant", "webhook", "lease_owner", "lease_epoch"]);
  }),
);

/** The condition that the node still has the claim that a row is written under. */
const isHeld = (w: { ref(name: keyof typeof claimed): RawBuilder<unknown> }) =>
  sql<boolean>`exists (select 1 from webhook_cursors c where c.tenant = ${w.ref("tenant")} and c.webhook = ${w.ref("webhook")} and c.lease_owner = ${w.ref("lease_owner")} and c.lease_epoch = ${w.ref("lease_epoch")})`;

const putPending = shape((dialect) =>
  writing(dialect, { ...claimed, ...pendingRows.columns }, (db, w) => {
    const columns = ["tenant", "webhook", ...pendingRows.names];
    const taken = Object.fromEntries(pendingRows.names.map((name) => [name, sql.ref(`excluded.${name}`)]));
    return db
      .insertInto("webhook_pending")
      .columns(columns as never[])
      .expression(w.select(db, columns).where(isHeld(w)))
      .onConflict((conflict) => conflict.columns(["tenant", "webhook", "record_id"]).doUpdateSet(taken));
  }),
);

const deletePending = shape((dialect) =>
  writing(dialect, { ...claimed, record_id: "text" }, (db, w) =>
    w
      .match(w.using(db.deleteFrom("webhook_pending as p")), "p", ["tenant", "webhook", "record_id"])
      .where(isHeld(w)),
  ),
);

const insertDelivery = shape((dialect) =>
  writing(dialect, { ...key, ...deliveryRows.columns }, (db, w) =>
    w.insert(db, "webhook_deliveries").onConflict((conflict) => conflict.doNothing()),
  ),
);

const pruneDeliveries = shape((dialect) =>
  writing(dialect, key, (db, w) =>
    w
      .match(w.using(db.deleteFrom("webhook_deliveries as d")), "d", ["tenant", "webhook"])
      .where("d.id", "<=", ({ selectFrom }) =>
        w
          .match(selectFrom("webhook_deliveries as o").select("o.id"), "o", ["tenant", "webhook"])
          .orderBy("o.id", "desc")
          .limit(sql.lit(1))
          .offset(sql.lit(deliveriesKept)),
      ),
  ),
);

const deleteReplay = shape((dialect) =>
  writing(dialect, { ...claimed, id: "text" }, (db, w) =>
    w
      .match(w.using(db.deleteFrom("webhook_replays as r")), "r", ["tenant", "webhook", "id"])
      .where(isHeld(w)),
  ),
);

/** Resets the attempts of a webhook that is given back disabled, for when it is enabled again. */
const startOver = shape((dialect) =>
  writing(dialect, claimed, (db, w) => {
    const none = sql.lit(null);
    const set = db
      .updateTable("webhook_pending as p")
      .set({ attempts: sql.lit(0), first_attempt_at: none, next_attempt_at: none });
    return w.match(w.from(set), "p", ["tenant", "webhook"]).where(isHeld(w));
  }),
);

const giveBack = shape((dialect) =>
  writing(dialect, claimed, (db, w) => {
    const set = db
      .updateTable("webhook_cursors as c")
      .set({ lease_owner: sql.lit(null), lease_until: sql.lit(0) });
    return w.match(w.from(set), "c", ["tenant", "webhook", "lease_owner", "lease_epoch"]);
  }),
);

const insertReplay = shape((dialect) =>
  writing(dialect, { ...key, ...replayRows.columns }, (db, w) => w.insert(db, "webhook_replays")),
);

const anyTenant = "a node delivers to the webhooks of any tenant";

/** The condition that a webhook receives events. */
const wantsEvents = sql<boolean>`w.enabled and w.deleted_at is null`;

/** Gives each webhook without a cursor one at the change that created the webhook. */
const insertCursors = shape((dialect) =>
  acrossTenants(dialect, anyTenant, (db) =>
    db
      .withRecursive("h(tenant, webhook, seq, prev_seq)", (h) =>
        h
          .selectFrom("webhooks as w")
          .crossJoin("change_log as l")
          .select(["w.tenant", "w.id as webhook", "l.seq", "l.prev_seq"])
          .whereRef("l.tenant", "=", "w.tenant")
          .whereRef("l.seq", "=", "w.seq")
          .where(wantsEvents)
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom("webhook_cursors as c")
                  .select("c.webhook")
                  .whereRef("c.tenant", "=", "w.tenant")
                  .whereRef("c.webhook", "=", "w.id"),
              ),
            ),
          )
          .unionAll(
            h
              .selectFrom("h")
              .crossJoin("change_log as l")
              .select(["h.tenant", "h.webhook", "l.seq", "l.prev_seq"])
              .whereRef("l.tenant", "=", "h.tenant")
              .whereRef("l.seq", "=", "h.prev_seq"),
          ),
      )
      .insertInto("webhook_cursors")
      .columns(["tenant", "webhook", "seq", "lease_until", "lease_epoch"])
      .expression((from) =>
        from
          .selectFrom("h" as never)
          .select([
            "h.tenant",
            "h.webhook",
            "h.seq",
            sql`0`.as("lease_until"),
            sql`0`.as("lease_epoch"),
          ] as never[])
          .where(sql<boolean>`h.prev_seq is null`),
      )
      .onConflict((conflict) => conflict.doNothing()),
  ),
);

/** Claims free webhooks, except those that another node is claiming. */
const claim = shape((dialect) =>
  acrossTenants(dialect, anyTenant, (db) =>
    db
      .updateTable("webhook_cursors")
      .set({
        lease_owner: param<string>("owner"),
        lease_until: sql<number>`${dialect.now} + ${param<number>("lease")}`,
        lease_epoch: sql<number>`lease_epoch + 1`,
      })
      .where(({ refTuple, selectFrom }) => {
        const free = selectFrom("webhook_cursors as f")
          .innerJoin("webhooks as w", (join) =>
            join.onRef("w.tenant", "=", "f.tenant").onRef("w.id", "=", "f.webhook"),
          )
          .select(["f.tenant", "f.webhook"])
          .where("f.lease_until", "<", dialect.now)
          .where(wantsEvents)
          .limit(sql.lit(maxClaimed))
          .$if(dialect.skipLocked !== undefined, (query) =>
            query.modifyEnd(sql`for update of f skip locked`),
          );
        return sql<boolean>`${refTuple("tenant", "webhook")} in ${free}`;
      }),
  ),
);

const held = shape((dialect) =>
  acrossTenants(dialect, anyTenant, (db) =>
    db
      .selectFrom("webhook_cursors")
      .select(["tenant", "webhook", "lease_epoch"])
      .where("lease_owner", "=", param<string>("owner")),
  ),
);

/** A statement of a note that takes no rows. */
export interface Step {
  statement: Compiled;
  values: Readonly<Record<string, Scalar>>;
}

/**
 * The statements of a note, in order: writes of rows, claims of webhooks, and a query of the webhooks that
 * the node holds.
 */
export interface NoteWrites {
  writes: Write[];
  steps: Step[];
  held: Step;
}

export function noteWrites(
  dialect: SqlDialect,
  { owner, lease, claim: claims, settlements, replays }: DeliveryNote,
): NoteWrites {
  const each = (statement: Write["statement"], of: (settlement: Settlement) => Scalar[][]): Write => ({
    statement,
    rows: settlements.flatMap(of),
  });
  const named = ({ tenant, webhook }: WebhookKey): Scalar[] => [tenant, webhook];
  const guard = (of: HeldWebhook): Scalar[] => [...named(of), owner, of.epoch];
  const writes = [
    each(keep(dialect), (of) => [[...guard(of), of.seq, of.acceptedAt, lease]]),
    each(putPending(dialect), (of) => of.pending.map((row) => [...guard(of), ...pendingRows.values(row)])),
    each(deletePending(dialect), (of) => of.settled.map((id) => [...guard(of), id])),
    each(insertDelivery(dialect), (of) =>
      of.deliveries.map((row) => [...named(of), ...deliveryRows.values(row)]),
    ),
    each(pruneDeliveries(dialect), (of) => (of.prune ? [named(of)] : [])),
    each(deleteReplay(dialect), (of) => of.replays.map((id) => [...guard(of), id])),
    each(startOver(dialect), (of) => (of.lease === "give back disabled" ? [guard(of)] : [])),
    each(giveBack(dialect), (of) => (of.lease === "keep" ? [] : [guard(of)])),
    {
      statement: insertReplay(dialect),
      rows: replays.map((replay) => [...named(replay), ...replayRows.values(replay)]),
    },
  ];
  return {
    writes: writes.filter(({ rows }) => rows.length > 0),
    steps: claims
      ? [
          { statement: insertCursors(dialect), values: {} },
          { statement: claim(dialect), values: { owner, lease } },
        ]
      : [],
    held: { statement: held(dialect), values: { owner } },
  };
}

export const decodeHeld = (rows: readonly unknown[][]): HeldWebhook[] =>
  rows.map(([tenant, webhook, epoch]) => ({
    tenant: tenant as number,
    webhook: webhook as string,
    epoch: epoch as number,
  }));

/** The cursor, pending changes and replays of a webhook. They are written together, so one statement reads them all. */
const stateOf = shape((dialect) =>
  compile(dialect, (db) => {
    const of = <Table extends "webhook_pending" | "webhook_replays">(
      table: Table,
      names: readonly string[],
    ) =>
      sql<string>`(select coalesce(${dialect.jsonRows(names)}, '[]') from ${sql.table(table)} where tenant = ${param("tenant")} and webhook = ${param("webhook")})`;
    return db
      .selectFrom("webhook_cursors")
      .select([
        "seq",
        "accepted_at",
        of("webhook_pending", pendingRows.names).as("pending"),
        of("webhook_replays", replayRows.names).as("replays"),
      ])
      .where("tenant", "=", param<number>("tenant"))
      .where("webhook", "=", param<string>("webhook"));
  }),
);

const deliveryPage = shape((dialect, one: boolean) =>
  compile(dialect, (db) =>
    db
      .selectFrom("webhook_deliveries")
      .select(deliveryRows.names as "id"[])
      .where("tenant", "=", param<number>("tenant"))
      .where("webhook", "=", param<string>("webhook"))
      .where("id", "<", param<string>("before"))
      .$if(one, (query) => query.where("seq", "=", param<number>("seq")))
      .orderBy("id", "desc")
      .limit(param<number>("limit")),
  ),
);

export const deliveryReader = (asker: Asker, tenant: number): DeliveryReader => ({
  async state(webhook) {
    const [row] = await ask(asker, stateOf(asker.dialect), { tenant, webhook });
    if (!row) return undefined;
    const [seq, acceptedAt, pending, replays] = row as [number, string | null, string, string];
    return {
      seq,
      acceptedAt,
      pending: (JSON.parse(pending) as unknown[][]).map(pendingRows.decode),
      replays: (JSON.parse(replays) as unknown[][])
        .map(replayRows.decode)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    };
  },
  async deliveries(webhook, { seq, before = "~", limit }) {
    const values = { tenant, webhook, before, seq: seq ?? null, limit };
    const rows = await ask(asker, deliveryPage(asker.dialect, seq !== undefined), values);
    return rows.map(deliveryRows.decode);
  },
  changesOf: (recordId, after, upTo, limit) => changesOf(asker, tenant, recordId, after, upTo, limit),
});

const free = shape((dialect) =>
  acrossTenants(dialect, anyTenant, (db) =>
    db
      .selectFrom("webhooks as w")
      .leftJoin("webhook_cursors as c", (join) =>
        join.onRef("c.tenant", "=", "w.tenant").onRef("c.webhook", "=", "w.id"),
      )
      .select("w.id")
      .where(wantsEvents)
      .where(({ fn }) => sql<boolean>`${fn.coalesce("c.lease_until", sql.lit(0))} < ${dialect.now}`)
      .limit(sql.lit(1)),
  ),
);

const replayed = shape((dialect) =>
  acrossTenants(dialect, anyTenant, (db) =>
    db
      .selectFrom("webhook_replays as r")
      .innerJoin("webhook_cursors as c", (join) =>
        join.onRef("c.tenant", "=", "r.tenant").onRef("c.webhook", "=", "r.webhook"),
      )
      .select(["c.tenant", "c.webhook", "c.lease_epoch"])
      .distinct()
      .where("c.lease_owner", "=", param<string>("owner")),
  ),
);

export const deliveryOverview = (asker: Asker): DeliveryOverview => ({
  anyFree: async () => (await ask(asker, free(asker.dialect), {})).length > 0,
  replayed: async (owner) => decodeHeld(await ask(asker, replayed(asker.dialect), { owner })),
});
