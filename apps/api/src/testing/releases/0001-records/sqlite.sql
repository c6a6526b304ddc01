pragma journal_mode = wal;
CREATE TABLE access_groups (
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
      );
CREATE TABLE change_log (
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
      );
CREATE TABLE channels (
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
      );
CREATE TABLE customers (
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
      );
CREATE TABLE group_tags (
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
      );
CREATE TABLE hierarchy_levels (
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
      );
CREATE TABLE idempotency_keys (
        tenant integer not null,
        key text not null,
        fingerprint text not null,
        reply text not null,
        at text not null,
        primary key (tenant, key)
      );
CREATE TABLE idempotency_records (
        tenant integer not null,
        record_id text not null,
        key text not null,
        primary key (tenant, record_id, key)
      ) without rowid
    ;
CREATE TABLE `migrations` (`id` integer not null primary key autoincrement, `name` text not null, `executed_at` datetime not null default (strftime('%s', 'now') * 1000));
CREATE TABLE search_terms (
        tenant integer not null,
        record_type text not null,
        field text not null,
        term text not null,
        record_id text not null,
        primary key (tenant, record_type, field, term, record_id)
      ) without rowid
    ;
CREATE TABLE tenant_counters (
        tenant integer not null primary key,
        seq integer not null,
        customer integer not null,
        user integer not null,
        channel integer not null
      ) without rowid
    ;
CREATE TABLE tenants (
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
      );
CREATE TABLE tokens (
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
      );
CREATE TABLE users (
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
      );
CREATE UNIQUE INDEX access_groups_name on access_groups (tenant, name) where deleted_at is null;
CREATE UNIQUE INDEX change_log_record_version on change_log (tenant, record_id, version);
CREATE UNIQUE INDEX channels_name on channels (tenant, name) where deleted_at is null;
CREATE UNIQUE INDEX channels_number on channels (tenant, number);
CREATE UNIQUE INDEX customers_number on customers (tenant, number);
CREATE UNIQUE INDEX customers_provided_id on customers (tenant, provided_id) where deleted_at is null;
CREATE UNIQUE INDEX customers_reference_id on customers (tenant, reference_id) where deleted_at is null;
CREATE INDEX customers_updated_at on customers (tenant, updated_at, id);
CREATE UNIQUE INDEX group_tags_name on group_tags (tenant, name) where deleted_at is null;
CREATE UNIQUE INDEX hierarchy_levels_name on hierarchy_levels (tenant, name) where deleted_at is null;
CREATE INDEX idempotency_keys_at on idempotency_keys (at);
CREATE INDEX idempotency_records_key on idempotency_records (tenant, key);
CREATE UNIQUE INDEX tenants_number on tenants (number);
CREATE UNIQUE INDEX tokens_hash on tokens (hash);
CREATE UNIQUE INDEX users_number on users (tenant, number);
CREATE INDEX users_updated_at on users (tenant, updated_at, id);
CREATE UNIQUE INDEX users_username on users (tenant, username) where deleted_at is null;
insert into access_groups ("tenant", "id", "version", "created_at", "updated_at", "deleted_at", "created_by", "updated_by", "name") values (1, '01a1fbc9-5c65-7622-ab07-8df07566e765', 1, '2026-11-21T01:47:20.038Z', '2026-11-21T01:47:20.038Z', null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'everybody');
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 1, 'tenant', '01a1fbc9-5bce-7305-a08f-ccce95ca3613', 1, 'create', '2026-11-21T01:47:19.891Z', 'system', 'system', null, '[{"path":"/number","to":1},{"path":"/name","to":"First tenant"},{"path":"/requireVersions","to":false}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 2, 'token', '01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 1, 'create', '2026-11-21T01:47:19.891Z', 'system', 'system', null, '[{"path":"/name","to":"admin"},{"path":"/scopes","to":["admin"]}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 3, 'hierarchyLevel', '01a1fbc9-5c2e-7747-afdf-a509cef16976', 1, 'create', '2026-11-21T01:47:19.983Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/name","to":"Group"},{"path":"/position","to":0}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 4, 'hierarchyLevel', '01a1fbc9-5c2e-7747-afdf-aba6d2ba0db6', 1, 'create', '2026-11-21T01:47:19.983Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/name","to":"Company"},{"path":"/position","to":1}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 5, 'hierarchyLevel', '01a1fbc9-5c2e-7747-afdf-ace2cf00f303', 1, 'create', '2026-11-21T01:47:19.983Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/name","to":"Site"},{"path":"/position","to":2}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 6, 'groupTag', '01a1fbc9-5c3f-7753-8292-ccdd09834da2', 1, 'create', '2026-11-21T01:47:20.008Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/name","to":"red"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 7, 'groupTag', '01a1fbc9-5c55-7182-920b-31b9c6fe4d29', 1, 'create', '2026-11-21T01:47:20.021Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/name","to":"blue"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 8, 'channel', '01a1fbc9-5c5b-7501-9611-84d1290efa11', 1, 'create', '2026-11-21T01:47:20.027Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/number","to":1},{"path":"/name","to":"mail"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 9, 'channel', '01a1fbc9-5c62-7711-aa1e-3421ad7e5da9', 1, 'create', '2026-11-21T01:47:20.034Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/number","to":2},{"path":"/name","to":"shop"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 10, 'accessGroup', '01a1fbc9-5c65-7622-ab07-8df07566e765', 1, 'create', '2026-11-21T01:47:20.038Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/name","to":"everybody"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 11, 'tenant', '01a1fbc9-5bce-7305-a08f-ccce95ca3613', 2, 'update', '2026-11-21T01:47:20.043Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/defaultCountry","from":null,"to":"PT"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 12, 'tenant', '01a1fbc9-5bce-7305-a08f-ccce95ca3613', 3, 'update', '2026-11-21T01:47:20.103Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/propertiesSchema","from":null,"to":{"type":"object","properties":{"plan":{"type":"string","enum":["free","pro"]}}}}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 13, 'customer', '01a1fbc9-5caa-774d-b2c0-125243a99812', 1, 'create', '2026-11-21T01:47:20.107Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/number","to":1},{"path":"/token","to":"lwikw5BuPYqJaDPB0sPcIGKEgD7MgkOL"},{"path":"/providedId","to":"group"},{"path":"/name","to":"Gruppe Ähre & Söhne 漢字 😀"},{"path":"/emails","to":["office@group.example","Billing@Group.example"]},{"path":"/groupTags","to":["red"]},{"path":"/hierarchyLevel","to":"Group"},{"path":"/properties","to":{"plan":"pro","zebra":[1e+300,-0.5,9007199254740991,true,null],"a":{"b\\\"":"\u0001\t\n"}}},{"path":"/mapping","to":{"crm":"42"}},{"path":"/isDemo","to":false}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 14, 'customer', '01a1fbc9-5cb7-74a4-aa37-b5718da36f71', 1, 'create', '2026-11-21T01:47:20.122Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/number","to":2},{"path":"/token","to":"-fyb0B1eWfD85TiQK1tKPRm9qwEtH8pC"},{"path":"/providedId","to":"company"},{"path":"/name","to":"A company; drop table customers; --"},{"path":"/emails","to":[]},{"path":"/phone","to":"+351210000000"},{"path":"/dateOfBirth","to":"2000-02-29"},{"path":"/groupTags","to":[]},{"path":"/hierarchyLevel","to":"Company"},{"path":"/parent","to":"01a1fbc9-5caa-774d-b2c0-125243a99812"},{"path":"/isDemo","to":true}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 15, 'customer', '01a1fbc9-5cbc-755d-b723-ad11bfe4b346', 1, 'create', '2026-11-21T01:47:20.125Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/number","to":3},{"path":"/token","to":"0XlWJcTx3Cny0rkEXFQ733dtFc0-2dFD"},{"path":"/firstName","to":"Site"},{"path":"/lastName","to":"O''Neill"},{"path":"/emails","to":[]},{"path":"/defaultChannelId","to":1},{"path":"/groupTags","to":[]},{"path":"/hierarchyLevel","to":"Site"},{"path":"/parent","to":"01a1fbc9-5cb7-74a4-aa37-b5718da36f71"},{"path":"/isDemo","to":false},{"path":"/timestamp","to":"2026-01-01T00:00:00.001Z"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 16, 'customer', '01a1fbc9-5cb7-74a4-aa37-b5718da36f71', 2, 'update', '2026-11-21T01:47:20.127Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', 'a reason', '[{"path":"/name","from":"A company; drop table customers; --","to":"Company"},{"path":"/phone","from":"+351210000000","to":null}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 17, 'customer', '01a1fbc9-5cb7-74a4-aa37-b5718da36f71', 3, 'update', '2026-11-21T01:47:20.131Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/groupTags","from":[],"to":["blue"]},{"path":"/emails","from":[],"to":["c@company.example"]}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 18, 'customer', '01a1fbc9-5caa-774d-b2c0-125243a99812', 2, 'update', '2026-11-21T01:47:20.134Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/properties/plan","from":"pro","to":"free"},{"path":"/properties/zebra","from":[1e+300,-0.5,9007199254740991,true,null]}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 19, 'customer', '01a1fbc9-5cbc-755d-b723-ad11bfe4b346', 2, 'update', '2026-11-21T01:47:20.138Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/job","from":null,"to":"done together"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 20, 'customer', '01a1fbc9-5caa-774d-b2c0-125243a99812', 3, 'update', '2026-11-21T01:47:20.138Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/job","from":null,"to":"done together"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 21, 'customer', '01a1fbc9-5cb7-74a4-aa37-b5718da36f71', 4, 'revert', '2026-11-21T01:47:20.142Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/name","from":"Company","to":"A company; drop table customers; --"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 22, 'customer', '01a1fbc9-5ccf-7073-8983-560a4c3bc13a', 1, 'create', '2026-11-21T01:47:20.143Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/number","to":4},{"path":"/token","to":"RF6ABXHpxW5Zj7jQP0GTyleQvO3s7Sv1"},{"path":"/providedId","to":"freed"},{"path":"/name","to":"Deleted"},{"path":"/emails","to":[]},{"path":"/groupTags","to":[]},{"path":"/isDemo","to":false}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 23, 'customer', '01a1fbc9-5ccf-7073-8983-560a4c3bc13a', 2, 'delete', '2026-11-21T01:47:20.148Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', 'no longer needed', '[{"path":"/deletedAt","from":null,"to":"2026-11-21T01:47:20.148Z"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 24, 'customer', '01a1fbc9-5cd7-76a0-80ac-df5afa9c28e5', 1, 'create', '2026-11-21T01:47:20.152Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/number","to":5},{"path":"/token","to":"J24KzNaU67aB83KYuMwuf0FDeQPfDBj6"},{"path":"/providedId","to":"again"},{"path":"/name","to":"Restored"},{"path":"/emails","to":[]},{"path":"/groupTags","to":[]},{"path":"/isDemo","to":false}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 25, 'customer', '01a1fbc9-5cd7-76a0-80ac-df5afa9c28e5', 2, 'delete', '2026-11-21T01:47:20.158Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/deletedAt","from":null,"to":"2026-11-21T01:47:20.158Z"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 26, 'customer', '01a1fbc9-5cd7-76a0-80ac-df5afa9c28e5', 3, 'restore', '2026-11-21T01:47:20.162Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/deletedAt","from":"2026-11-21T01:47:20.158Z","to":null}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 27, 'customer', '01a1fbc9-5ce5-731a-bea1-67461d252e73', 1, 'create', '2026-11-21T01:47:20.165Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/number","to":6},{"path":"/token","to":"9l7R5-NKZe746ydinV5tI83uBexpivRs"},{"path":"/providedId","to":"duplicate"},{"path":"/name","to":"Duplicate"},{"path":"/emails","to":["d@duplicate.example"]},{"path":"/groupTags","to":[]},{"path":"/properties","to":{"plan":"pro","own":1}},{"path":"/isDemo","to":false}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 28, 'customer', '01a1fbc9-5ce5-731a-bea1-67461d252e73', 2, 'merge', '2026-11-21T01:47:20.170Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/deletedAt","from":null,"to":"2026-11-21T01:47:20.170Z"},{"path":"/mergedInto","from":null,"to":"01a1fbc9-5caa-774d-b2c0-125243a99812"}]', '{"into":"01a1fbc9-5caa-774d-b2c0-125243a99812","version":4,"customers":[],"users":[]}');
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 29, 'customer', '01a1fbc9-5caa-774d-b2c0-125243a99812', 4, 'merge', '2026-11-21T01:47:20.171Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/emails","from":["office@group.example","Billing@Group.example"],"to":["office@group.example","Billing@Group.example","d@duplicate.example"]},{"path":"/properties/own","to":1}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 30, 'customer', '01a1fbc9-5cee-755e-bcd5-63b68e40509a', 1, 'create', '2026-11-21T01:47:20.174Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 31, 'customer', '01a1fbc9-5cee-755e-bcd5-63b68e40509a', 2, 'erase', '2026-11-21T01:47:20.178Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', 'asked for', '[{"path":"/erasedAt","from":null,"to":"2026-11-21T01:47:20.178Z"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 32, 'user', '01a1fbc9-5cf6-763c-9e1f-79a146c72db3', 1, 'create', '2026-11-21T01:47:20.182Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/number","to":1},{"path":"/username","to":"first.user"},{"path":"/active","to":true},{"path":"/email","to":"First.User@user.example"},{"path":"/firstName","to":"First"},{"path":"/lastName","to":"User"},{"path":"/customer","to":"01a1fbc9-5cbc-755d-b723-ad11bfe4b346"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 33, 'user', '01a1fbc9-5cf6-763c-9e1f-79a146c72db3', 2, 'update', '2026-11-21T01:47:20.187Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/active","from":true,"to":false},{"path":"/title","from":null,"to":"Dr"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 34, 'token', '01a1fbc9-5d04-7676-9c2a-324ab4d97de1', 1, 'create', '2026-11-21T01:47:20.196Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/name","to":"to be revoked"},{"path":"/scopes","to":["customers:read"]}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (1, 35, 'token', '01a1fbc9-5d04-7676-9c2a-324ab4d97de1', 2, 'delete', '2026-11-21T01:47:20.200Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/deletedAt","from":null,"to":"2026-11-21T01:47:20.200Z"}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (2, 1, 'tenant', '01a1fbc9-5cfe-73d5-8d0c-66526b8ffde9', 1, 'create', '2026-11-21T01:47:20.190Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/number","to":2},{"path":"/name","to":"Second tenant"},{"path":"/requireVersions","to":false}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (2, 2, 'token', '01a1fbc9-5cfe-73d5-8d0c-6a30d34e060b', 1, 'create', '2026-11-21T01:47:20.190Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'trpc', null, '[{"path":"/name","to":"admin"},{"path":"/scopes","to":["admin"]}]', null);
insert into change_log ("tenant", "seq", "record_type", "record_id", "version", "action", "at", "actor", "source", "reason", "changes", "details") values (2, 3, 'customer', '01a1fbc9-5d02-70d5-9264-ae7b33d378c4', 1, 'create', '2026-11-21T01:47:20.194Z', 'token:01a1fbc9-5cfe-73d5-8d0c-6a30d34e060b', 'trpc', null, '[{"path":"/number","to":1},{"path":"/token","to":"SlGILPpYPfSSwyViXzbkI1ibTyLq7Def"},{"path":"/providedId","to":"group"},{"path":"/name","to":"Of the second"},{"path":"/emails","to":[]},{"path":"/groupTags","to":[]},{"path":"/isDemo","to":false}]', null);
insert into channels ("tenant", "id", "version", "created_at", "updated_at", "deleted_at", "created_by", "updated_by", "number", "name") values (1, '01a1fbc9-5c5b-7501-9611-84d1290efa11', 1, '2026-11-21T01:47:20.027Z', '2026-11-21T01:47:20.027Z', null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 1, 'mail');
insert into channels ("tenant", "id", "version", "created_at", "updated_at", "deleted_at", "created_by", "updated_by", "number", "name") values (1, '01a1fbc9-5c62-7711-aa1e-3421ad7e5da9', 1, '2026-11-21T01:47:20.034Z', '2026-11-21T01:47:20.034Z', null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 2, 'shop');
insert into customers ("tenant", "id", "number", "token", "provided_id", "reference_id", "uuid", "sso_id", "stripe_customer_id", "name", "first_name", "last_name", "email", "emails", "phone", "date_of_birth", "gender", "marital_status", "identity_number", "job", "avatar_url", "address", "address_street", "address_neighborhood", "address_city", "address_state", "address_country", "default_channel_id", "user_id", "access_group", "group_tags", "hierarchy_level", "parent", "properties", "mapping", "is_demo", "timestamp", "activation_date", "version", "created_at", "updated_at", "deleted_at", "erased_at", "merged_into", "created_by", "updated_by") values (1, '01a1fbc9-5caa-774d-b2c0-125243a99812', 1, 'lwikw5BuPYqJaDPB0sPcIGKEgD7MgkOL', 'group', null, null, null, null, 'Gruppe Ähre & Söhne 漢字 😀', null, null, null, '["office@group.example","Billing@Group.example","d@duplicate.example"]', null, null, null, null, null, 'done together', null, null, null, null, null, null, null, null, null, null, '["red"]', 'Group', null, '{"plan":"free","own":1,"a":{"b\\\"":"\u0001\t\n"}}', '{"crm":"42"}', 0, null, null, 4, '2026-11-21T01:47:20.107Z', '2026-11-21T01:47:20.171Z', null, null, null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c');
insert into customers ("tenant", "id", "number", "token", "provided_id", "reference_id", "uuid", "sso_id", "stripe_customer_id", "name", "first_name", "last_name", "email", "emails", "phone", "date_of_birth", "gender", "marital_status", "identity_number", "job", "avatar_url", "address", "address_street", "address_neighborhood", "address_city", "address_state", "address_country", "default_channel_id", "user_id", "access_group", "group_tags", "hierarchy_level", "parent", "properties", "mapping", "is_demo", "timestamp", "activation_date", "version", "created_at", "updated_at", "deleted_at", "erased_at", "merged_into", "created_by", "updated_by") values (1, '01a1fbc9-5cb7-74a4-aa37-b5718da36f71', 2, '-fyb0B1eWfD85TiQK1tKPRm9qwEtH8pC', 'company', null, null, null, null, 'A company; drop table customers; --', null, null, null, '["c@company.example"]', null, '2000-02-29', null, null, null, null, null, null, null, null, null, null, null, null, null, null, '["blue"]', 'Company', '01a1fbc9-5caa-774d-b2c0-125243a99812', null, null, 1, null, null, 4, '2026-11-21T01:47:20.122Z', '2026-11-21T01:47:20.142Z', null, null, null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c');
insert into customers ("tenant", "id", "number", "token", "provided_id", "reference_id", "uuid", "sso_id", "stripe_customer_id", "name", "first_name", "last_name", "email", "emails", "phone", "date_of_birth", "gender", "marital_status", "identity_number", "job", "avatar_url", "address", "address_street", "address_neighborhood", "address_city", "address_state", "address_country", "default_channel_id", "user_id", "access_group", "group_tags", "hierarchy_level", "parent", "properties", "mapping", "is_demo", "timestamp", "activation_date", "version", "created_at", "updated_at", "deleted_at", "erased_at", "merged_into", "created_by", "updated_by") values (1, '01a1fbc9-5cbc-755d-b723-ad11bfe4b346', 3, '0XlWJcTx3Cny0rkEXFQ733dtFc0-2dFD', null, null, null, null, null, null, 'Site', 'O''Neill', null, '[]', null, null, null, null, null, 'done together', null, null, null, null, null, null, null, 1, null, null, '[]', 'Site', '01a1fbc9-5cb7-74a4-aa37-b5718da36f71', null, null, 0, '2026-01-01T00:00:00.001Z', null, 2, '2026-11-21T01:47:20.125Z', '2026-11-21T01:47:20.138Z', null, null, null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c');
insert into customers ("tenant", "id", "number", "token", "provided_id", "reference_id", "uuid", "sso_id", "stripe_customer_id", "name", "first_name", "last_name", "email", "emails", "phone", "date_of_birth", "gender", "marital_status", "identity_number", "job", "avatar_url", "address", "address_street", "address_neighborhood", "address_city", "address_state", "address_country", "default_channel_id", "user_id", "access_group", "group_tags", "hierarchy_level", "parent", "properties", "mapping", "is_demo", "timestamp", "activation_date", "version", "created_at", "updated_at", "deleted_at", "erased_at", "merged_into", "created_by", "updated_by") values (1, '01a1fbc9-5ccf-7073-8983-560a4c3bc13a', 4, 'RF6ABXHpxW5Zj7jQP0GTyleQvO3s7Sv1', 'freed', null, null, null, null, 'Deleted', null, null, null, '[]', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, '[]', null, null, null, null, 0, null, null, 2, '2026-11-21T01:47:20.143Z', '2026-11-21T01:47:20.148Z', '2026-11-21T01:47:20.148Z', null, null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c');
insert into customers ("tenant", "id", "number", "token", "provided_id", "reference_id", "uuid", "sso_id", "stripe_customer_id", "name", "first_name", "last_name", "email", "emails", "phone", "date_of_birth", "gender", "marital_status", "identity_number", "job", "avatar_url", "address", "address_street", "address_neighborhood", "address_city", "address_state", "address_country", "default_channel_id", "user_id", "access_group", "group_tags", "hierarchy_level", "parent", "properties", "mapping", "is_demo", "timestamp", "activation_date", "version", "created_at", "updated_at", "deleted_at", "erased_at", "merged_into", "created_by", "updated_by") values (1, '01a1fbc9-5cd7-76a0-80ac-df5afa9c28e5', 5, 'J24KzNaU67aB83KYuMwuf0FDeQPfDBj6', 'again', null, null, null, null, 'Restored', null, null, null, '[]', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, '[]', null, null, null, null, 0, null, null, 3, '2026-11-21T01:47:20.152Z', '2026-11-21T01:47:20.162Z', null, null, null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c');
insert into customers ("tenant", "id", "number", "token", "provided_id", "reference_id", "uuid", "sso_id", "stripe_customer_id", "name", "first_name", "last_name", "email", "emails", "phone", "date_of_birth", "gender", "marital_status", "identity_number", "job", "avatar_url", "address", "address_street", "address_neighborhood", "address_city", "address_state", "address_country", "default_channel_id", "user_id", "access_group", "group_tags", "hierarchy_level", "parent", "properties", "mapping", "is_demo", "timestamp", "activation_date", "version", "created_at", "updated_at", "deleted_at", "erased_at", "merged_into", "created_by", "updated_by") values (1, '01a1fbc9-5ce5-731a-bea1-67461d252e73', 6, '9l7R5-NKZe746ydinV5tI83uBexpivRs', 'duplicate', null, null, null, null, 'Duplicate', null, null, null, '["d@duplicate.example"]', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, '[]', null, null, '{"plan":"pro","own":1}', null, 0, null, null, 2, '2026-11-21T01:47:20.165Z', '2026-11-21T01:47:20.170Z', '2026-11-21T01:47:20.170Z', null, '01a1fbc9-5caa-774d-b2c0-125243a99812', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c');
insert into customers ("tenant", "id", "number", "token", "provided_id", "reference_id", "uuid", "sso_id", "stripe_customer_id", "name", "first_name", "last_name", "email", "emails", "phone", "date_of_birth", "gender", "marital_status", "identity_number", "job", "avatar_url", "address", "address_street", "address_neighborhood", "address_city", "address_state", "address_country", "default_channel_id", "user_id", "access_group", "group_tags", "hierarchy_level", "parent", "properties", "mapping", "is_demo", "timestamp", "activation_date", "version", "created_at", "updated_at", "deleted_at", "erased_at", "merged_into", "created_by", "updated_by") values (1, '01a1fbc9-5cee-755e-bcd5-63b68e40509a', 7, '', null, null, null, null, null, null, null, null, null, '[]', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, '[]', null, null, null, null, 0, null, null, 2, '2026-11-21T01:47:20.174Z', '2026-11-21T01:47:20.178Z', '2026-11-21T01:47:20.178Z', '2026-11-21T01:47:20.178Z', null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c');
insert into customers ("tenant", "id", "number", "token", "provided_id", "reference_id", "uuid", "sso_id", "stripe_customer_id", "name", "first_name", "last_name", "email", "emails", "phone", "date_of_birth", "gender", "marital_status", "identity_number", "job", "avatar_url", "address", "address_street", "address_neighborhood", "address_city", "address_state", "address_country", "default_channel_id", "user_id", "access_group", "group_tags", "hierarchy_level", "parent", "properties", "mapping", "is_demo", "timestamp", "activation_date", "version", "created_at", "updated_at", "deleted_at", "erased_at", "merged_into", "created_by", "updated_by") values (2, '01a1fbc9-5d02-70d5-9264-ae7b33d378c4', 1, 'SlGILPpYPfSSwyViXzbkI1ibTyLq7Def', 'group', null, null, null, null, 'Of the second', null, null, null, '[]', null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, '[]', null, null, null, null, 0, null, null, 1, '2026-11-21T01:47:20.194Z', '2026-11-21T01:47:20.194Z', null, null, null, 'token:01a1fbc9-5cfe-73d5-8d0c-6a30d34e060b', 'token:01a1fbc9-5cfe-73d5-8d0c-6a30d34e060b');
insert into group_tags ("tenant", "id", "version", "created_at", "updated_at", "deleted_at", "created_by", "updated_by", "name") values (1, '01a1fbc9-5c3f-7753-8292-ccdd09834da2', 1, '2026-11-21T01:47:20.008Z', '2026-11-21T01:47:20.008Z', null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'red');
insert into group_tags ("tenant", "id", "version", "created_at", "updated_at", "deleted_at", "created_by", "updated_by", "name") values (1, '01a1fbc9-5c55-7182-920b-31b9c6fe4d29', 1, '2026-11-21T01:47:20.021Z', '2026-11-21T01:47:20.021Z', null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'blue');
insert into hierarchy_levels ("tenant", "id", "version", "created_at", "updated_at", "deleted_at", "created_by", "updated_by", "name", "position") values (1, '01a1fbc9-5c2e-7747-afdf-a509cef16976', 1, '2026-11-21T01:47:19.983Z', '2026-11-21T01:47:19.983Z', null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'Group', 0);
insert into hierarchy_levels ("tenant", "id", "version", "created_at", "updated_at", "deleted_at", "created_by", "updated_by", "name", "position") values (1, '01a1fbc9-5c2e-7747-afdf-aba6d2ba0db6', 1, '2026-11-21T01:47:19.983Z', '2026-11-21T01:47:19.983Z', null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'Company', 1);
insert into hierarchy_levels ("tenant", "id", "version", "created_at", "updated_at", "deleted_at", "created_by", "updated_by", "name", "position") values (1, '01a1fbc9-5c2e-7747-afdf-ace2cf00f303', 1, '2026-11-21T01:47:19.983Z', '2026-11-21T01:47:19.983Z', null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'Site', 2);
insert into idempotency_keys ("tenant", "key", "fingerprint", "reply", "at") values (1, 'key-1', 'PU8wjiPr4bHE8TsERnToz-dBeAmgniQFW2W7fssVGVE', '{"id":"01a1fbc9-5caa-774d-b2c0-125243a99812","number":1,"token":"lwikw5BuPYqJaDPB0sPcIGKEgD7MgkOL","providedId":"group","referenceId":null,"uuid":null,"ssoId":null,"stripeCustomerId":null,"name":"Gruppe Ähre & Söhne 漢字 😀","firstName":null,"lastName":null,"email":null,"emails":["office@group.example","Billing@Group.example"],"phone":null,"dateOfBirth":null,"gender":null,"maritalStatus":null,"identityNumber":null,"job":null,"avatarUrl":null,"address":null,"addressStreet":null,"addressNeighborhood":null,"addressCity":null,"addressState":null,"addressCountry":null,"defaultChannelId":null,"userId":null,"accessGroup":null,"groupTags":["red"],"hierarchyLevel":"Group","parent":null,"properties":{"plan":"pro","zebra":[1e+300,-0.5,9007199254740991,true,null],"a":{"b\\\"":"\u0001\t\n"}},"mapping":{"crm":"42"},"isDemo":false,"timestamp":null,"activationDate":null,"version":1,"createdAt":"2026-11-21T01:47:20.107Z","updatedAt":"2026-11-21T01:47:20.107Z","deletedAt":null,"erasedAt":null,"mergedInto":null,"createdBy":"token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c","updatedBy":"token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c","computedProperties":{"plan":"pro","zebra":[1e+300,-0.5,9007199254740991,true,null],"a":{"b\\\"":"\u0001\t\n"}},"computedMapping":{"crm":"42"}}', '2026-11-21T01:47:20.114Z');
insert into idempotency_keys ("tenant", "key", "fingerprint", "reply", "at") values (1, 'key-2', 'eDB34hPUkNV0TzfhYhIThiIA_SZmBvkt6RA63tlxz_k', '{"record":{"id":"01a1fbc9-5cb7-74a4-aa37-b5718da36f71","number":2,"token":"-fyb0B1eWfD85TiQK1tKPRm9qwEtH8pC","providedId":"company","referenceId":null,"uuid":null,"ssoId":null,"stripeCustomerId":null,"name":"Company","firstName":null,"lastName":null,"email":null,"emails":[],"phone":null,"dateOfBirth":"2000-02-29","gender":null,"maritalStatus":null,"identityNumber":null,"job":null,"avatarUrl":null,"address":null,"addressStreet":null,"addressNeighborhood":null,"addressCity":null,"addressState":null,"addressCountry":null,"defaultChannelId":null,"userId":null,"accessGroup":null,"groupTags":[],"hierarchyLevel":"Company","parent":"01a1fbc9-5caa-774d-b2c0-125243a99812","properties":null,"mapping":null,"isDemo":true,"timestamp":null,"activationDate":null,"version":2,"createdAt":"2026-11-21T01:47:20.122Z","updatedAt":"2026-11-21T01:47:20.127Z","deletedAt":null,"erasedAt":null,"mergedInto":null,"createdBy":"token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c","updatedBy":"token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c","computedProperties":{"plan":"pro","zebra":[1e+300,-0.5,9007199254740991,true,null],"a":{"b\\\"":"\u0001\t\n"}},"computedMapping":{"crm":"42"}},"version":2,"applied":true,"changes":[{"path":"/name","from":"A company; drop table customers; --","to":"Company"},{"path":"/phone","from":"+351210000000","to":null}]}', '2026-11-21T01:47:20.127Z');
insert into idempotency_keys ("tenant", "key", "fingerprint", "reply", "at") values (1, 'key-3', 'kRufsLU93dHFEzlUD7Kbf3aMw-yHJUp6Clkl9_ypyk4', '{"id":"01a1fbc9-5ccf-7073-8983-560a4c3bc13a","number":4,"token":"RF6ABXHpxW5Zj7jQP0GTyleQvO3s7Sv1","providedId":"freed","referenceId":null,"uuid":null,"ssoId":null,"stripeCustomerId":null,"name":"Deleted","firstName":null,"lastName":null,"email":null,"emails":[],"phone":null,"dateOfBirth":null,"gender":null,"maritalStatus":null,"identityNumber":null,"job":null,"avatarUrl":null,"address":null,"addressStreet":null,"addressNeighborhood":null,"addressCity":null,"addressState":null,"addressCountry":null,"defaultChannelId":null,"userId":null,"accessGroup":null,"groupTags":[],"hierarchyLevel":null,"parent":null,"properties":null,"mapping":null,"isDemo":false,"timestamp":null,"activationDate":null,"version":2,"createdAt":"2026-11-21T01:47:20.143Z","updatedAt":"2026-11-21T01:47:20.148Z","deletedAt":"2026-11-21T01:47:20.148Z","erasedAt":null,"mergedInto":null,"createdBy":"token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c","updatedBy":"token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c","computedProperties":{},"computedMapping":{}}', '2026-11-21T01:47:20.148Z');
insert into idempotency_keys ("tenant", "key", "fingerprint", "reply", "at") values (1, 'key-4', 'PG3WNVzftPS0H8qmY2Dxu-ZhXmoYlrI9uTf_sYx8dCA', '{"id":"01a1fbc9-5cf6-763c-9e1f-79a146c72db3","number":1,"username":"first.user","active":true,"avatar":null,"bio":null,"birthday":null,"country":null,"email":"First.User@user.example","firstName":"First","lastName":"User","lastSeen":null,"lastTyped":null,"location":null,"organization":null,"phone":null,"regions":null,"title":null,"twitter":null,"customer":"01a1fbc9-5cbc-755d-b723-ad11bfe4b346","version":1,"createdAt":"2026-11-21T01:47:20.182Z","updatedAt":"2026-11-21T01:47:20.182Z","deletedAt":null,"erasedAt":null,"createdBy":"token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c","updatedBy":"token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c"}', '2026-11-21T01:47:20.182Z');
insert into idempotency_records ("tenant", "record_id", "key") values (1, '01a1fbc9-5caa-774d-b2c0-125243a99812', 'key-1');
insert into idempotency_records ("tenant", "record_id", "key") values (1, '01a1fbc9-5caa-774d-b2c0-125243a99812', 'key-2');
insert into idempotency_records ("tenant", "record_id", "key") values (1, '01a1fbc9-5cb7-74a4-aa37-b5718da36f71', 'key-2');
insert into idempotency_records ("tenant", "record_id", "key") values (1, '01a1fbc9-5ccf-7073-8983-560a4c3bc13a', 'key-3');
insert into idempotency_records ("tenant", "record_id", "key") values (1, '01a1fbc9-5cf6-763c-9e1f-79a146c72db3', 'key-4');
insert into migrations ("id", "name", "executed_at") values (1, '0001-records', 1795225639000);
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'email', 'billing@group.example', '01a1fbc9-5caa-774d-b2c0-125243a99812');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'email', 'c@company.example', '01a1fbc9-5cb7-74a4-aa37-b5718da36f71');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'email', 'd@duplicate.example', '01a1fbc9-5caa-774d-b2c0-125243a99812');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'email', 'd@duplicate.example', '01a1fbc9-5ce5-731a-bea1-67461d252e73');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'email', 'office@group.example', '01a1fbc9-5caa-774d-b2c0-125243a99812');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'groupTag', 'blue', '01a1fbc9-5cb7-74a4-aa37-b5718da36f71');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'groupTag', 'red', '01a1fbc9-5caa-774d-b2c0-125243a99812');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'hierarchyLevel', 'Company', '01a1fbc9-5cb7-74a4-aa37-b5718da36f71');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'hierarchyLevel', 'Group', '01a1fbc9-5caa-774d-b2c0-125243a99812');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'hierarchyLevel', 'Site', '01a1fbc9-5cbc-755d-b723-ad11bfe4b346');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'mergedInto', '01a1fbc9-5caa-774d-b2c0-125243a99812', '01a1fbc9-5ce5-731a-bea1-67461d252e73');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'name', '', '01a1fbc9-5cee-755e-bcd5-63b68e40509a');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'name', 'a company; drop table customers; --', '01a1fbc9-5cb7-74a4-aa37-b5718da36f71');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'name', 'deleted', '01a1fbc9-5ccf-7073-8983-560a4c3bc13a');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'name', 'duplicate', '01a1fbc9-5ce5-731a-bea1-67461d252e73');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'name', 'gruppe ähre & söhne 漢字 😀', '01a1fbc9-5caa-774d-b2c0-125243a99812');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'name', 'restored', '01a1fbc9-5cd7-76a0-80ac-df5afa9c28e5');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'name', 'site o''neill', '01a1fbc9-5cbc-755d-b723-ad11bfe4b346');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'parent', '01a1fbc9-5caa-774d-b2c0-125243a99812', '01a1fbc9-5cb7-74a4-aa37-b5718da36f71');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'customer', 'parent', '01a1fbc9-5cb7-74a4-aa37-b5718da36f71', '01a1fbc9-5cbc-755d-b723-ad11bfe4b346');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'user', 'customer', '01a1fbc9-5cbc-755d-b723-ad11bfe4b346', '01a1fbc9-5cf6-763c-9e1f-79a146c72db3');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'user', 'email', 'first.user@user.example', '01a1fbc9-5cf6-763c-9e1f-79a146c72db3');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (1, 'user', 'name', 'first user', '01a1fbc9-5cf6-763c-9e1f-79a146c72db3');
insert into search_terms ("tenant", "record_type", "field", "term", "record_id") values (2, 'customer', 'name', 'of the second', '01a1fbc9-5d02-70d5-9264-ae7b33d378c4');
insert into tenant_counters ("tenant", "seq", "customer", "user", "channel") values (1, 35, 7, 1, 2);
insert into tenant_counters ("tenant", "seq", "customer", "user", "channel") values (2, 3, 1, 0, 0);
insert into tenants ("tenant", "id", "version", "created_at", "updated_at", "deleted_at", "created_by", "updated_by", "number", "name", "require_versions", "properties_schema", "default_country") values (1, '01a1fbc9-5bce-7305-a08f-ccce95ca3613', 3, '2026-11-21T01:47:19.891Z', '2026-11-21T01:47:20.103Z', null, 'system', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 1, 'First tenant', 0, '{"type":"object","properties":{"plan":{"type":"string","enum":["free","pro"]}}}', 'PT');
insert into tenants ("tenant", "id", "version", "created_at", "updated_at", "deleted_at", "created_by", "updated_by", "number", "name", "require_versions", "properties_schema", "default_country") values (2, '01a1fbc9-5cfe-73d5-8d0c-66526b8ffde9', 1, '2026-11-21T01:47:20.190Z', '2026-11-21T01:47:20.190Z', null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 2, 'Second tenant', 0, null, null);
insert into tokens ("tenant", "id", "version", "created_at", "updated_at", "deleted_at", "created_by", "updated_by", "name", "scopes", "expires_at", "hash") values (1, '01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 1, '2026-11-21T01:47:19.891Z', '2026-11-21T01:47:19.891Z', null, 'system', 'system', 'admin', '["admin"]', null, 'f340b874b0f4d0ab38b9949389c66936ecfc1ebd1ea29cee372d523adf6077d7');
insert into tokens ("tenant", "id", "version", "created_at", "updated_at", "deleted_at", "created_by", "updated_by", "name", "scopes", "expires_at", "hash") values (1, '01a1fbc9-5d04-7676-9c2a-324ab4d97de1', 2, '2026-11-21T01:47:20.196Z', '2026-11-21T01:47:20.200Z', '2026-11-21T01:47:20.200Z', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'to be revoked', '["customers:read"]', null, '36544182e9595a498aad88787106051a31bd35ae50c4cec0bfb8ab32b1ee94b9');
insert into tokens ("tenant", "id", "version", "created_at", "updated_at", "deleted_at", "created_by", "updated_by", "name", "scopes", "expires_at", "hash") values (2, '01a1fbc9-5cfe-73d5-8d0c-6a30d34e060b', 1, '2026-11-21T01:47:20.190Z', '2026-11-21T01:47:20.190Z', null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'admin', '["admin"]', null, '956b02892d08ae937d0619db924c43458b4461c38bfd246c26fbfc0fcaf31af0');
insert into users ("tenant", "id", "number", "username", "active", "avatar", "bio", "birthday", "country", "email", "first_name", "last_name", "last_seen", "last_typed", "location", "organization", "phone", "regions", "title", "twitter", "customer", "version", "created_at", "updated_at", "deleted_at", "erased_at", "created_by", "updated_by") values (1, '01a1fbc9-5cf6-763c-9e1f-79a146c72db3', 1, 'first.user', 0, null, null, null, null, 'First.User@user.example', 'First', 'User', null, null, null, null, null, null, 'Dr', null, '01a1fbc9-5cbc-755d-b723-ad11bfe4b346', 2, '2026-11-21T01:47:20.182Z', '2026-11-21T01:47:20.187Z', null, null, 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c', 'token:01a1fbc9-5bcf-7721-8254-bba00cbe0a3c');
