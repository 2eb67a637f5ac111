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

-- The share of up-volume in a minute of the underlying, in percent, and its change in points against the session's minute before: 50 when nothing traded, and before the session's first
-- minute. What no vendor says is null, and so is a change against it.
create or replace view underlying_buying_pressure as
select quote.symbol, quote.timestamp, quote.close, quote.up_volume, quote.down_volume, percent as buying_pressure,
       case when percent > 70 then 'strong buying' when percent > 55 then 'buying' when percent >= 45 then 'neutral' when percent >= 30 then 'selling'
            when percent < 30 then 'strong selling' end as signal,
       percent - percent_before as buying_pressure_change, quote.created_at, quote.source, quote.incomplete
  from underlying_quotes as quote
 cross join lateral session_of(quote.timestamp) as own
  left join lateral (
       select row.timestamp, row.up_volume, row.down_volume
         from underlying_quotes as row
        where row.symbol = quote.symbol and row.timestamp < quote.timestamp and row.timestamp >= own.start
        order by row.timestamp desc limit 1) as before on true
 cross join lateral (
       select case when quote.up_volume + quote.down_volume = 0 then 50 else 100.0 * quote.up_volume / (quote.up_volume + quote.down_volume) end as percent,
              case when before.timestamp is null or before.up_volume + before.down_volume = 0 then 50
                   else 100.0 * before.up_volume / (before.up_volume + before.down_volume) end as percent_before) as pressure;
