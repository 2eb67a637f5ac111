-- How the figures of a minute were made: where a bar and a volatility come from, and whether facts are missing. Rows that are here do not say; a rebuild fills them in.
-- An option's model would be several times its row: it is that of the chain's results of the same minute.
alter table underlying_quotes add column source text, add column incomplete boolean, add column model jsonb;
alter table option_chains add column volatility_source text, add column incomplete boolean;

do $$
begin
    -- As of the other tables; hypertables compress in their own way.
    if exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)) and to_regclass('timescaledb_information.hypertables') is null then
        alter table underlying_quotes alter column model set compression lz4;
    end if;
end $$;
