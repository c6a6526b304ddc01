import type { Migration } from "./migration.ts";

export default [
  `create table distinct_customers (tenant {integer} not null, a {text} not null, b {text} not null,
    primary key (tenant, a, b)){keyed}`,
  `create table people (tenant {integer} not null, id {text} not null, name {text} not null,
    signed_in_at {text} not null, primary key (tenant, id))`,
  `create table saved_views (tenant {integer} not null, id {text} not null, list {text} not null,
    name {text} not null, shared {boolean} not null, state {json} not null, owner {text} not null,
    primary key (tenant, id))`,
  `create table sessions (tenant {integer} not null, hash {text} not null, token {text} null,
    person {text} null, scopes {json} not null, expires_at {text} not null, primary key (tenant, hash))`,
  `create table token_uses (tenant {integer} not null, token {text} not null, at {text} not null,
    primary key (tenant, token)){keyed}{updated}`,
  `alter table change_log add on_behalf_of {text} null`,
  `alter table change_sets add on_behalf_of {text} null`,
] satisfies Migration;
