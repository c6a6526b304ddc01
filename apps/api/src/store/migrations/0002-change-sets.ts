import type { Migration } from "./migration.ts";

export default [
  `create table change_sets (tenant {integer} not null, id {text} not null, name {text} null,
    kind {text} not null, actor {text} not null, source {text} not null, reason {text} null,
    opened_at {text} not null, closed_at {text} null, types {json} not null, first_seq {integer} null,
    last_seq {integer} null, created {integer} not null, updated {integer} not null,
    deleted {integer} not null, restored {integer} not null, refused {integer} not null,
    undoes {text} null, undone_by {text} null, position {text} null, primary key (tenant, id)){updated}`,
  `alter table change_log add change_set {text} null`,
] satisfies Migration;
