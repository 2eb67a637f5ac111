-- Ladders and profiles are tens of kilobytes of JSON a row: compressing them is most of what writing them costs, and lz4 takes a fraction of it. Rows that are
-- here keep what they have. A server built without lz4 goes on as before; hypertables compress in their own way.
do $$
declare
    target record;
    hypertables text[] := '{}';
begin
    if not exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)) then
        return;
    end if;

    if to_regclass('timescaledb_information.hypertables') is not null then
        execute 'select array_agg(hypertable_name::text) from timescaledb_information.hypertables where hypertable_schema = current_schema()' into hypertables;
    end if;

    for target in
        select relname, attname
          from pg_class
          join pg_attribute on attrelid = pg_class.oid
         where relnamespace = current_schema()::regnamespace
           and relname in ('inferred_gexray3', 'traded_gex', 'chain_gex', 'chain_max_pain', 'chain_greeks', 'chain_volatility', 'chain_smiles', 'flow_minutes', 'flow_seconds', 'quality_minutes')
           and atttypid = 'jsonb'::regtype and attnum > 0 and not attisdropped
           and relname <> all (coalesce(hypertables, '{}'))
    loop
        execute format('alter table %I alter column %I set compression lz4', target.relname, target.attname);
    end loop;
end $$;
