import { Migration } from "@mikro-orm/migrations";

/** The webhooks, how far each has been told of changes, what is pending, and the delivery log. */
export class Webhooks extends Migration {
  override up(): void {
    this.addSql(`
      create table webhooks (
        tenant integer not null,
        id text not null,
        version integer not null,
        created_at text not null,
        updated_at text not null,
        deleted_at text null,
        created_by text not null,
        updated_by text not null,
        url text not null,
        events text not null,
        payload text not null,
        description text null,
        enabled integer not null,
        disabled_reason text null,
        previous_secret_until text null,
        secret text not null,
        previous_secret text null,
        primary key (tenant, id)
      )
    `);
    this.addSql(`
      create table webhook_cursors (
        tenant integer not null,
        webhook text not null,
        seq integer not null,
        accepted_at text null,
        lease_owner text null,
        lease_until integer not null,
        primary key (tenant, webhook)
      )
    `);
    this.addSql(`
      create table webhook_pending (
        tenant integer not null,
        webhook text not null,
        record_id text not null,
        seq integer not null,
        last_seq integer null,
        attempts integer not null,
        at text not null,
        first_attempt_at text null,
        next_attempt_at text null,
        primary key (tenant, webhook, record_id)
      )
    `);
    this.addSql(`
      create table webhook_replays (
        tenant integer not null,
        webhook text not null,
        id text not null,
        after_seq integer not null,
        record_id text null,
        primary key (tenant, webhook, id)
      )
    `);
    this.addSql(`
      create table webhook_deliveries (
        tenant integer not null,
        webhook text not null,
        id text not null,
        seq integer not null,
        type text not null,
        attempt integer not null,
        at text not null,
        duration integer not null,
        outcome text not null,
        status integer null,
        error text null,
        next_attempt_at text null,
        primary key (tenant, webhook, id)
      )
    `);
  }
}
