import type { Migration } from "./migration.ts";

export default [
  `create table user_groups (tenant {integer} not null, id {text} not null, seq {integer} not null,
    display_name {text} not null, external_id {text} null, properties {json} null,
    version {integer} not null,
    created_at {text} not null, updated_at {text} not null, deleted_at {text} null,
    erased_at {text} null, created_by {text} not null, updated_by {text} not null,
    primary key (tenant, id)){updated}`,
  `create index user_groups_id on user_groups (tenant, id) where deleted_at is null`,
  `create table user_group_members (tenant {integer} not null, user_group {text} not null,
    member {text} not null, primary key (tenant, user_group, member)){keyed}`,
  ...["external_id", "display_name", "nick_name", "locale", "timezone", "user_type"].map(
    (column) => `alter table users add ${column} {text} null`,
  ),
  `alter table users add properties {json} null`,
  `create index users_id on users (tenant, id) where deleted_at is null`,
  // The terms by which usernames are found in any case. The others get theirs in the background, as letters
  // beyond ASCII are not folded here as the domain folds them.
  {
    sqlite: `insert into search_terms (tenant, record_type, field, term, record_id)
      select tenant, 'user', 'userName', lower(username), id from users
      where username is not null and username not glob '*[^ -~]*'`,
    postgres: `insert into search_terms (tenant, record_type, field, term, record_id)
      select tenant, 'user', 'userName', lower(username), id from users where username ~ '^[ -~]+$'`,
  },
  `insert into index_builds (tenant, record_type, name, phase, position, done, total)
    select number, 'user', '', 'fill', '', 0, 0 from tenants where true
    on conflict (tenant, record_type, name) do update set phase = 'fill', position = '', done = 0`,
] satisfies Migration;
