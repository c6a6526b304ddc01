import { Migration } from "@mikro-orm/migrations";

/** The webhooks, how far each has been told of changes, what is pending, and the delivery log. */
export class Webhooks extends Migration {
  override up(): void {
    this.addSql(`
      create table webhooks (
        tenant bigint not null,
        id text collate "C" not null,
        version bigint not null,
        created_at text collate "C" not null,
        updated_at text collate "C" not null,
        deleted_at text collate "C" null,
        created_by text collate "C" not null,
        updated_by text collate "C" not null,
        url text collate "C" not null,
        events json not null,
        payload text collate "C" not null,
        description text collate "C" null,
        enabled boolean not null,
        disabled_reason text collate "C" null,
        previous_secret_until text collate "C" null,
        secret text collate "C" not null,
        previous_secret text collate "C" null,
        primary key (tenant, id)
      )
    `);
    this.addSql(`
      create table webhook_cursors (
        tenant bigint not null,
        webhook text collate "C" not null,
        seq bigint not null,
        accepted_at text collate "C" null,
        lease_owner text collate "C" null,
        lease_until bigint not null,
        primary key (tenant, webhook)
      )
    `);
    this.addSql(`
      create table webhook_pending (
        tenant bigint not null,
        webhook text collate "C" not null,
        record_id text collate "C" not null,
        seq bigint not null,
        last_seq bigint null,
        attempts bigint not null,
        at text collate "C" not null,
        first_attempt_at text collate "C" null,
        next_attempt_at text collate "C" null,
        primary key (tenant, webhook, record_id)
      )
    `);
    this.addSql(`
      create table webhook_replays (
        tenant bigint not null,
        webhook text collate "C" not null,
        id text collate "C" not null,
        after_seq bigint not null,
        record_id text collate "C" null,
        primary key (tenant, webhook, id)
      )
    `);
    this.addSql(`
      create table webhook_deliveries (
        tenant bigint not null,
        webhook text collate "C" not null,
        id text collate "C" not null,
        seq bigint not null,
        type text collate "C" not null,
        attempt bigint not null,
        at text collate "C" not null,
        duration bigint not null,
        outcome text collate "C" not null,
        status bigint null,
        error text collate "C" null,
        next_attempt_at text collate "C" null,
        primary key (tenant, webhook, id)
      )
    `);
  }
}
