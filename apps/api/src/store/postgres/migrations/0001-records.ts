import { Migration } from "@mikro-orm/migrations";

/**
 * The record tables, the change log, its counters, the idempotency keys and the search terms.
 * Texts are in the order of their code points (collate "C"), as they are on SQLite.
 */
export class Records extends Migration {
  override up(): void {
    this.addSql(`
      create table access_groups (
        tenant bigint not null,
        id text collate "C" not null,
        version bigint not null,
        created_at text collate "C" not null,
        updated_at text collate "C" not null,
        deleted_at text collate "C" null,
        created_by text collate "C" not null,
        updated_by text collate "C" not null,
        name text collate "C" not null,
        primary key (tenant, id)
      )
    `);
    this.addSql(
      `create unique index access_groups_name on access_groups (tenant, name) where deleted_at is null`,
    );
    this.addSql(`
      create table change_log (
        tenant bigint not null,
        seq bigint not null,
        record_type text collate "C" not null,
        record_id text collate "C" not null,
        version bigint not null,
        action text collate "C" not null,
        at text collate "C" not null,
        actor text collate "C" not null,
        source text collate "C" not null,
        reason text collate "C" null,
        changes json not null,
        details json null,
        primary key (tenant, seq)
      )
    `);
    this.addSql(
      `alter table change_log add constraint change_log_record_version unique (tenant, record_id, version)`,
    );
    this.addSql(`
      create table channels (
        tenant bigint not null,
        id text collate "C" not null,
        version bigint not null,
        created_at text collate "C" not null,
        updated_at text collate "C" not null,
        deleted_at text collate "C" null,
        created_by text collate "C" not null,
        updated_by text collate "C" not null,
        number bigint not null,
        name text collate "C" not null,
        primary key (tenant, id)
      )
    `);
    this.addSql(`create unique index channels_number on channels (tenant, number)`);
    this.addSql(`create unique index channels_name on channels (tenant, name) where deleted_at is null`);
    this.addSql(`
      create table customers (
        tenant bigint not null,
        id text collate "C" not null,
        number bigint not null,
        token text collate "C" not null,
        provided_id text collate "C" null,
        reference_id text collate "C" null,
        uuid text collate "C" null,
        sso_id text collate "C" null,
        stripe_customer_id text collate "C" null,
        name text collate "C" null,
        first_name text collate "C" null,
        last_name text collate "C" null,
        email text collate "C" null,
        emails json not null,
        phone text collate "C" null,
        date_of_birth text collate "C" null,
        gender text collate "C" null,
        marital_status text collate "C" null,
        identity_number text collate "C" null,
        job text collate "C" null,
        avatar_url text collate "C" null,
        address text collate "C" null,
        address_street text collate "C" null,
        address_neighborhood text collate "C" null,
        address_city text collate "C" null,
        address_state text collate "C" null,
        address_country text collate "C" null,
        default_channel_id bigint null,
        user_id bigint null,
        access_group text collate "C" null,
        group_tags json not null,
        hierarchy_level text collate "C" null,
        parent text collate "C" null,
        properties json null,
        mapping json null,
        is_demo boolean not null,
        timestamp text collate "C" null,
        activation_date text collate "C" null,
        version bigint not null,
        created_at text collate "C" not null,
        updated_at text collate "C" not null,
        deleted_at text collate "C" null,
        erased_at text collate "C" null,
        merged_into text collate "C" null,
        created_by text collate "C" not null,
        updated_by text collate "C" not null,
        primary key (tenant, id)
      )
    `);
    this.addSql(`create unique index customers_number on customers (tenant, number)`);
    this.addSql(
      `create unique index customers_provided_id on customers (tenant, provided_id) where deleted_at is null`,
    );
    this.addSql(
      `create unique index customers_reference_id on customers (tenant, reference_id) where deleted_at is null`,
    );
    this.addSql(`create index customers_updated_at on customers (tenant, updated_at, id)`);
    this.addSql(`
      create table group_tags (
        tenant bigint not null,
        id text collate "C" not null,
        version bigint not null,
        created_at text collate "C" not null,
        updated_at text collate "C" not null,
        deleted_at text collate "C" null,
        created_by text collate "C" not null,
        updated_by text collate "C" not null,
        name text collate "C" not null,
        primary key (tenant, id)
      )
    `);
    this.addSql(`create unique index group_tags_name on group_tags (tenant, name) where deleted_at is null`);
    this.addSql(`
      create table hierarchy_levels (
        tenant bigint not null,
        id text collate "C" not null,
        version bigint not null,
        created_at text collate "C" not null,
        updated_at text collate "C" not null,
        deleted_at text collate "C" null,
        created_by text collate "C" not null,
        updated_by text collate "C" not null,
        name text collate "C" not null,
        position bigint not null,
        primary key (tenant, id)
      )
    `);
    this.addSql(
      `create unique index hierarchy_levels_name on hierarchy_levels (tenant, name) where deleted_at is null`,
    );
    this.addSql(`
      create table idempotency_keys (
        tenant bigint not null,
        key text collate "C" not null,
        fingerprint text collate "C" not null,
        reply text collate "C" not null,
        at text collate "C" not null,
        primary key (tenant, key)
      )
    `);
    this.addSql(`create index idempotency_keys_at on idempotency_keys (at)`);
    this.addSql(`
      create table idempotency_records (
        tenant bigint not null,
        record_id text collate "C" not null,
        key text collate "C" not null,
        primary key (tenant, record_id, key)
      )
    `);
    this.addSql(`create index idempotency_records_key on idempotency_records (tenant, key)`);
    this.addSql(`
      create table search_terms (
        tenant bigint not null,
        record_type text collate "C" not null,
        field text collate "C" not null,
        term text collate "C" not null,
        record_id text collate "C" not null,
        primary key (tenant, record_type, field, term, record_id)
      )
    `);
    this.addSql(`
      create table tenants (
        tenant bigint not null,
        id text collate "C" not null,
        version bigint not null,
        created_at text collate "C" not null,
        updated_at text collate "C" not null,
        deleted_at text collate "C" null,
        created_by text collate "C" not null,
        updated_by text collate "C" not null,
        number bigint not null,
        name text collate "C" not null,
        require_versions boolean not null,
        properties_schema json null,
        default_country text collate "C" null,
        primary key (tenant, id)
      )
    `);
    this.addSql(`create unique index tenants_number on tenants (number)`);
    this.addSql(`
      create table tenant_counters (
        tenant bigint not null,
        seq bigint not null,
        customer bigint not null,
        "user" bigint not null,
        channel bigint not null,
        primary key (tenant)
      )
    `);
    this.addSql(`
      create table tokens (
        tenant bigint not null,
        id text collate "C" not null,
        version bigint not null,
        created_at text collate "C" not null,
        updated_at text collate "C" not null,
        deleted_at text collate "C" null,
        created_by text collate "C" not null,
        updated_by text collate "C" not null,
        name text collate "C" null,
        scopes json not null,
        expires_at text collate "C" null,
        hash text collate "C" not null,
        primary key (tenant, id)
      )
    `);
    this.addSql(`create unique index tokens_hash on tokens (hash)`);
    this.addSql(`
      create table users (
        tenant bigint not null,
        id text collate "C" not null,
        number bigint not null,
        username text collate "C" null,
        active boolean not null,
        avatar text collate "C" null,
        bio text collate "C" null,
        birthday text collate "C" null,
        country text collate "C" null,
        email text collate "C" null,
        first_name text collate "C" null,
        last_name text collate "C" null,
        last_seen text collate "C" null,
        last_typed text collate "C" null,
        location text collate "C" null,
        organization text collate "C" null,
        phone text collate "C" null,
        regions text collate "C" null,
        title text collate "C" null,
        twitter text collate "C" null,
        customer text collate "C" null,
        version bigint not null,
        created_at text collate "C" not null,
        updated_at text collate "C" not null,
        deleted_at text collate "C" null,
        erased_at text collate "C" null,
        created_by text collate "C" not null,
        updated_by text collate "C" not null,
        primary key (tenant, id)
      )
    `);
    this.addSql(`create unique index users_number on users (tenant, number)`);
    this.addSql(`create unique index users_username on users (tenant, username) where deleted_at is null`);
    this.addSql(`create index users_updated_at on users (tenant, updated_at, id)`);
  }
}
