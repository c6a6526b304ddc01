-- Splits the big tables of a Roster database on PostgreSQL into hash partitions by tenant.
--
-- Run it with psql by the owner of the tables, while no server runs; best right after
-- `npm run db:migrate` on a new database, else it copies all rows. It is one transaction. Names of
-- constraints and indexes stay as they are, so that later migrations find them.
begin;

do $$
declare
  parts constant int := 16;
  big text;
  definition text;
  storage text;
  definitions text[];
begin
  foreach big in array array[
    'customers', 'users', 'user_groups', 'user_group_members', 'change_log', 'search_terms', 'search_texts', 'idempotency_keys', 'idempotency_records'
  ] loop
    execute format('lock table %I in access exclusive mode', big);

    select array_agg(sql) into definitions from (
      select format('alter table %I add constraint %I %s', big, conname, pg_get_constraintdef(oid)) as sql
        from pg_constraint where conrelid = big::regclass and contype in ('p', 'u', 'c')
      union all
      select pg_get_indexdef(indexrelid) from pg_index i
        where indrelid = big::regclass and not exists (select 1 from pg_constraint where conindid = indexrelid)
    ) all_of_them;

    select coalesce(' with (' || array_to_string(reloptions, ', ') || ')', '') into storage from pg_class where oid = big::regclass;
    execute format('create table %I (like %I including defaults) partition by hash (tenant)', big || '_split', big);
    for part in 0 .. parts - 1 loop
      execute format(
        'create table %I partition of %I for values with (modulus %s, remainder %s)%s',
        big || '_' || part, big || '_split', parts, part, storage
      );
    end loop;
    execute format('insert into %I select * from %I', big || '_split', big);
    execute format('drop table %I', big);
    execute format('alter table %I rename to %I', big || '_split', big);

    foreach definition in array definitions loop
      execute definition;
    end loop;
  end loop;
end $$;

commit;
