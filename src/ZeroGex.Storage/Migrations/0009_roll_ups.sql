-- Traded gamma and minutes of underlyings, rolled up to buckets aligned to UTC; time is the bucket's first instant. Whatever statement writes rows, the buckets
-- they fall into are made again from the rows, in the same transaction, and wider ones from narrower ones, so that neither order nor repetition matters.
-- Where TimescaleDB is, continuous aggregates stand behind the same views instead. The functions name no schema: a copy of the tables elsewhere, with
-- the same triggers, is rolled up there.
create table traded_gex_buckets (
    width           interval         not null,
    time            timestamptz      not null,
    root            text             not null,
    expiration      date             not null,
    measure         text             not null,
    windows         bigint           not null,
    spot_open       double precision not null,
    spot_high       double precision not null,
    spot_low        double precision not null,
    spot_close      double precision not null,
    sum_open        double precision not null,
    sum_high        double precision not null,
    sum_low         double precision not null,
    sum_close       double precision not null,
    zero_gamma      double precision,
    major_positive  double precision,
    major_negative  double precision,
    aggressor_share double precision not null,
    trade_count     bigint           not null,
    volume          bigint           not null,
    incomplete      boolean          not null,
    primary key (width, root, expiration, measure, time)
);

create index traded_gex_buckets_root_time on traded_gex_buckets (width, root, measure, time desc);

create function roll_up_traded_gex() returns trigger language plpgsql as $$
declare
    narrower interval := '0';
    wider    interval;
begin
    perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.traded_gex_buckets', 0)); -- A writer that waits sees what the other wrote.
    foreach wider in array '{1 minute, 5 minutes, 1 hour, 1 day}'::interval[] loop
        if tg_op = 'DELETE' then
            delete from traded_gex_buckets as bucket
             using (select distinct date_bin(wider, time, '2000-01-01 00:00+00') as time, root, expiration, measure from written) as touched
             where bucket.width = wider and (bucket.time, bucket.root, bucket.expiration, bucket.measure) = (touched.time, touched.root, touched.expiration, touched.measure);
        end if;

        insert into traded_gex_buckets
        select wider, touched.time, touched.root, touched.expiration, touched.measure, bucket.*
          from (select distinct date_bin(wider, time, '2000-01-01 00:00+00') as time, root, expiration, measure from written) as touched
         cross join lateral (
               select sum(windows), (array_agg(spot_open order by time))[1], max(spot_high), min(spot_low), (array_agg(spot_close order by time desc))[1],
                      (array_agg(sum_open order by time))[1], max(sum_high), min(sum_low), (array_agg(sum_close order by time desc))[1],
                      (array_agg(zero_gamma order by time desc))[1], (array_agg(major_positive order by time desc))[1],
                      (array_agg(major_negative order by time desc))[1], (array_agg(aggressor_share order by time desc))[1],
                      sum(trade_count), sum(volume), bool_or(incomplete)
                 from (select interval '0' as width, time, root, expiration, measure, 1::bigint as windows, -- A window is the narrowest bucket there is.
                              spot as spot_open, spot as spot_high, spot as spot_low, spot as spot_close,
                              sum as sum_open, sum as sum_high, sum as sum_low, sum as sum_close,
                              zero_gamma, major_positive, major_negative, aggressor_share, trade_count::bigint as trade_count, volume, incomplete
                         from traded_gex
                       union all
                       select * from traded_gex_buckets) as row
                where row.width = narrower and row.root = touched.root and row.expiration = touched.expiration and row.measure = touched.measure
                  and row.time >= touched.time and row.time < touched.time + wider
               having count(*) > 0) as bucket
        on conflict (width, root, expiration, measure, time) do update
           set windows = excluded.windows, spot_open = excluded.spot_open, spot_high = excluded.spot_high, spot_low = excluded.spot_low,
               spot_close = excluded.spot_close, sum_open = excluded.sum_open, sum_high = excluded.sum_high, sum_low = excluded.sum_low,
               sum_close = excluded.sum_close, zero_gamma = excluded.zero_gamma, major_positive = excluded.major_positive,
               major_negative = excluded.major_negative, aggressor_share = excluded.aggressor_share, trade_count = excluded.trade_count,
               volume = excluded.volume, incomplete = excluded.incomplete;
        narrower := wider;
    end loop;
    return null;
end $$;

create view traded_gex_1m as
select time, root, expiration, measure, windows, spot_open, spot_high, spot_low, spot_close, sum_open, sum_high, sum_low, sum_close,
       zero_gamma, major_positive, major_negative, aggressor_share, trade_count, volume, incomplete
  from traded_gex_buckets where width = '1 minute';

create view traded_gex_5m as
select time, root, expiration, measure, windows, spot_open, spot_high, spot_low, spot_close, sum_open, sum_high, sum_low, sum_close,
       zero_gamma, major_positive, major_negative, aggressor_share, trade_count, volume, incomplete
  from traded_gex_buckets where width = '5 minutes';

create view traded_gex_1h as
select time, root, expiration, measure, windows, spot_open, spot_high, spot_low, spot_close, sum_open, sum_high, sum_low, sum_close,
       zero_gamma, major_positive, major_negative, aggressor_share, trade_count, volume, incomplete
  from traded_gex_buckets where width = '1 hour';

create view traded_gex_1d as
select time, root, expiration, measure, windows, spot_open, spot_high, spot_low, spot_close, sum_open, sum_high, sum_low, sum_close,
       zero_gamma, major_positive, major_negative, aggressor_share, trade_count, volume, incomplete
  from traded_gex_buckets where width = '1 day';

create table underlying_quotes_buckets (
    width       interval      not null,
    symbol      text          not null,
    timestamp   timestamptz   not null,
    open        numeric(12,4),
    high        numeric(12,4),
    low         numeric(12,4),
    close       numeric(12,4),
    up_volume   bigint,
    down_volume bigint,
    primary key (width, symbol, timestamp)
);

create function roll_up_underlying_quotes() returns trigger language plpgsql as $$
declare
    narrower interval := '1 minute';
    wider    interval;
begin
    perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.underlying_quotes_buckets', 0));
    foreach wider in array '{5 minutes, 1 hour, 1 day}'::interval[] loop
        if tg_op = 'DELETE' then
            delete from underlying_quotes_buckets as bucket
             using (select distinct symbol, date_bin(wider, timestamp, '2000-01-01 00:00+00') as timestamp from written) as touched
             where bucket.width = wider and (bucket.symbol, bucket.timestamp) = (touched.symbol, touched.timestamp);
        end if;

        insert into underlying_quotes_buckets
        select wider, touched.symbol, touched.timestamp, bucket.*
          from (select distinct symbol, date_bin(wider, timestamp, '2000-01-01 00:00+00') as timestamp from written) as touched
         cross join lateral (
               select (array_agg(open order by timestamp))[1], max(high), min(low), (array_agg(close order by timestamp desc))[1], sum(up_volume), sum(down_volume)
                 from (select interval '1 minute' as width, symbol, timestamp, open, high, low, close, up_volume, down_volume from underlying_quotes
                       union all
                       select * from underlying_quotes_buckets) as row
                where row.width = narrower and row.symbol = touched.symbol
                  and row.timestamp >= touched.timestamp and row.timestamp < touched.timestamp + wider
               having count(*) > 0) as bucket
        on conflict (width, symbol, timestamp) do update
           set open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
               up_volume = excluded.up_volume, down_volume = excluded.down_volume;
        narrower := wider;
    end loop;
    return null;
end $$;

create view underlying_quotes_1m as
select symbol, timestamp, open, high, low, close, up_volume, down_volume from underlying_quotes;

create view underlying_quotes_5m as
select symbol, timestamp, open, high, low, close, up_volume, down_volume from underlying_quotes_buckets where width = '5 minutes';

create view underlying_quotes_1h as
select symbol, timestamp, open, high, low, close, up_volume, down_volume from underlying_quotes_buckets where width = '1 hour';

create view underlying_quotes_1d as
select symbol, timestamp, open, high, low, close, up_volume, down_volume from underlying_quotes_buckets where width = '1 day';

-- Hypertables take no such triggers. Rows that were here before are rolled up by a first update that changes nothing.
do $$
declare
    name    text;
    is_hyper boolean;
begin
    foreach name in array '{traded_gex, underlying_quotes}'::text[] loop
        is_hyper := false;
        if to_regclass('timescaledb_information.hypertables') is not null then
            execute 'select exists (select from timescaledb_information.hypertables where hypertable_schema = current_schema() and hypertable_name = $1)' into is_hyper using name;
        end if;
        continue when is_hyper;
        execute format('create trigger roll_up_inserted after insert on %I referencing new table as written for each statement execute function roll_up_%s()', name, name);
        execute format('create trigger roll_up_updated after update on %I referencing new table as written for each statement execute function roll_up_%s()', name, name);
        execute format('create trigger roll_up_deleted after delete on %I referencing old table as written for each statement execute function roll_up_%s()', name, name);
        execute format('update %I set created_at = created_at', name);
    end loop;
end $$;
