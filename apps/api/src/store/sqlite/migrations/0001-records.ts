import { Migration } from "@mikro-orm/migrations";

/** The record tables, the change log, its counters, the idempotency keys and the search terms. */
export class Records extends Migration {
  override up(): void {
    this.addSql(`
      create table access_groups (
        tenant integer not null,
        id text not null,
        version integer not null,
        created_at text not null,
        updated_at text not null,
        deleted_at text null,
        created_by text not null,
        updated_by text not null,
        name text not null,
        primary key (tenant, id)
      )
    `);
    this.addSql(
      `create unique index access_groups_name on access_groups (tenant, name) where deleted_at is null`,
    );
    this.addSql(`
      create table change_log (
        tenant integer not null,
        seq integer not null,
        record_type text not null,
        record_id text not null,
        version integer not null,
        action text not null,
        at text not null,
        actor text not null,
        source text not null,
        reason text null,
        changes text not null,
        details text null,
        primary key (tenant, seq)
      )
    `);
    this.addSql(`create unique index change_log_record_version on change_log (tenant, record_id, version)`);
    this.addSql(`
      create table channels (
        tenant integer not null,
        id text not null,
        version integer not null,
        created_at text not null,
        updated_at text not null,
        deleted_at text null,
        created_by text not null,
        updated_by text not null,
        number integer not null,
        name text not null,
        primary key (tenant, id)
      )
    `);
    this.addSql(`create unique index channels_number on channels (tenant, number)`);
    this.addSql(`create unique index channels_name on channels (tenant, name) where deleted_at is null`);
    this.addSql(`
      create table customers (
        tenant integer not null,
        id text not null,
        number integer not null,
        token text not null,
        provided_id text null,
        reference_id text null,
        uuid text null,
        sso_id text null,
        stripe_customer_id text null,
        name text null,
        first_name text null,
        last_name text null,
        email text null,
        emails text not null,
        phone text null,
        date_of_birth text null,
        gender text null,
        marital_status text null,
        identity_number text null,
        job text null,
        avatar_url text null,
        address text null,
        address_street text null,
        address_neighborhood text null,
        address_city text null,
        address_state text null,
        address_country text null,
        default_channel_id integer null,
        user_id integer null,
        access_group text null,
        group_tags text not null,
        hierarchy_level text null,
        parent text null,
        properties text null,
        mapping text null,
        is_demo integer not null,
        timestamp text null,
        activation_date text null,
        version integer not null,
        created_at text not null,
        updated_at text not null,
        deleted_at text null,
        erased_at text null,
        merged_into text null,
        created_by text not null,
        updated_by text not null,
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
        tenant integer not null,
        id text not null,
        version integer not null,
        created_at text not null,
        updated_at text not null,
        deleted_at text null,
        created_by text not null,
        updated_by text not null,
        name text not null,
        primary key (tenant, id)
      )
    `);
    this.addSql(`create unique index group_tags_name on group_tags (tenant, name) where deleted_at is null`);
    this.addSql(`
      create table hierarchy_levels (
        tenant integer not null,
        id text not null,
        version integer not null,
        created_at text not null,
        updated_at text not null,
        deleted_at text null,
        created_by text not null,
        updated_by text not null,
        name text not null,
        position integer not null,
        primary key (tenant, id)
      )
    `);
    this.addSql(
      `create unique index hierarchy_levels_name on hierarchy_levels (tenant, name) where deleted_at is null`,
    );
    this.addSql(`
      create table idempotency_keys (
        tenant integer not null,
        key text not null,
        fingerprint text not null,
        reply text not null,
        at text not null,
        primary key (tenant, key)
      )
    `);
    this.addSql(`create index idempotency_keys_at on idempotency_keys (at)`);
    this.addSql(`
      create table idempotency_records (
        tenant integer not null,
        record_id text not null,
        key text not null,
        primary key (tenant, record_id, key)
      ) without rowid
    `);
    this.addSql(`create index idempotency_records_key on idempotency_records (tenant, key)`);
    this.addSql(`
      create table search_terms (
        tenant integer not null,
        record_type text not null,
        field text not null,
        term text not null,
        record_id text not null,
        primary key (tenant, record_type, field, term, record_id)
      ) without rowid
    `);
    this.addSql(`
      create table tenants (
        tenant integer not null,
        id text not null,
        version integer not null,
        created_at text not null,
        updated_at text not null,
        deleted_at text null,
        created_by text not null,
        updated_by text not null,
        number integer not null,
        name text not null,
        require_versions integer not null,
        properties_schema text null,
        default_country text null,
        primary key (tenant, id)
      )
    `);
    this.addSql(`create unique index tenants_number on tenants (number)`);
    this.addSql(`
      create table tenant_counters (
        tenant integer not null primary key,
        seq integer not null,
        customer integer not null,
        user integer not null,
        channel integer not null
      ) without rowid
    `);
    this.addSql(`
      create table tokens (
        tenant integer not null,
        id text not null,
        version integer not null,
        created_at text not null,
        updated_at text not null,
        deleted_at text null,
        created_by text not null,
        updated_by text not null,
        name text null,
        scopes text not null,
        expires_at text null,
        hash text not null,
        primary key (tenant, id)
      )
    `);
    this.addSql(`create unique index tokens_hash on tokens (hash)`);
    this.addSql(`
      create table users (
        tenant integer not null,
        id text not null,
        number integer not null,
        username text null,
        active integer not null,
        avatar text null,
        bio text null,
        birthday text null,
        country text null,
        email text null,
        first_name text null,
        last_name text null,
        last_seen text null,
        last_typed text null,
        location text null,
        organization text null,
        phone text null,
        regions text null,
        title text null,
        twitter text null,
        customer text null,
        version integer not null,
        created_at text not null,
        updated_at text not null,
        deleted_at text null,
        erased_at text null,
        created_by text not null,
        updated_by text not null,
        primary key (tenant, id)
      )
    `);
    this.addSql(`create unique index users_number on users (tenant, number)`);
    this.addSql(`create unique index users_username on users (tenant, username) where deleted_at is null`);
    this.addSql(`create index users_updated_at on users (tenant, updated_at, id)`);
  }
}
