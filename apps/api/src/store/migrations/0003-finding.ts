import type { Migration } from "./migration.ts";

const rowidOf = (row: "old" | "new") =>
  `${row}.tenant * 17179869184 + case ${row}.record_type when 'user' then 4294967296 else 0 end + ${row}.number`;
const added = `insert into search_index (rowid, text) values (${rowidOf("new")}, new.text)`;
const removed = `insert into search_index (search_index, rowid, text) values ('delete', ${rowidOf("old")}, old.text)`;

export default [
  `create table index_builds (tenant {integer} not null, record_type {text} not null,
    name {text} not null, phase {text} not null, position {text} not null, done {integer} not null,
    total {integer} not null, primary key (tenant, record_type, name))`,
  `create table search_texts (tenant {integer} not null, record_type {text} not null,
    number {integer} not null, text {text} not null, primary key (tenant, record_type, number))`,
  // The letters of the words, in trigrams. A rowid is made of the tenant, the type and the number. What is
  // deleted leaves the index at once, as an erasure promises, and not when its parts are merged.
  {
    sqlite: `create virtual table search_index using fts5(text, content='',
      tokenize='trigram case_sensitive 1', detail=none)`,
  },
  { sqlite: `insert into search_index (search_index, rank) values ('secure-delete', 1)` },
  { sqlite: `create trigger search_texts_added after insert on search_texts begin ${added}; end` },
  {
    sqlite: `create trigger search_texts_changed after update on search_texts begin ${removed}; ${added}; end`,
  },
  { sqlite: `create trigger search_texts_removed after delete on search_texts begin ${removed}; end` },
  // A short list of pending entries, which each search reads, keeps searches fast.
  // The extension comes with PostgreSQL and needs no superuser. Where it is missing, searches are refused.
  {
    postgres: `do $$ begin
      create extension if not exists pg_trgm;
      execute 'create index search_texts_letters on search_texts using gin (text gin_trgm_ops) with (gin_pending_list_limit = 256)';
    exception when undefined_file or insufficient_privilege or feature_not_supported or undefined_object then
      raise warning 'the extension pg_trgm cannot be had: searches are refused';
    end $$`,
  },
  // Records of an earlier release get their terms and words in the background.
  `delete from search_terms where field in ('email', 'groupTag')`,
  `insert into index_builds (tenant, record_type, name, phase, position, done, total)
    select t.number, f.record_type, '', 'fill', '', 0, 0 from tenants t
    cross join (select 'customer' as record_type union all select 'user') f`,
] satisfies Migration;
