import type { Migration } from "./migration.ts";

// Bulk changes could lose letters of the index of SQLite, so it is made again (see `removesFirst`).
export default [
  { sqlite: `insert into search_index (search_index) values ('delete-all')` },
  {
    sqlite: `insert into search_index (rowid, text)
      select tenant * 17179869184 + case record_type when 'user' then 4294967296 else 0 end + number, text
      from search_texts order by 1`,
  },
] satisfies Migration;
