-- Hypertables, compression and continuous aggregates. Nothing is thrown away: retention is the operator's to ask for, see docs/tables.md.
drop trigger if exists roll_up_inserted on underlying_quotes;
drop trigger if exists roll_up_updated on underlying_quotes;
drop trigger if exists roll_up_deleted on underlying_quotes;

select create_hypertable('underlying_quotes', 'timestamp',
    chunk_time_interval => interval '30 days', migrate_data => true, create_default_indexes => false, if_not_exists => true);
select create_hypertable('option_chains', 'timestamp',
    chunk_time_interval => interval '1 day', migrate_data => true, create_default_indexes => false, if_not_exists => true);
select create_hypertable('chain_gex', 'time',
    chunk_time_interval => interval '1 day', migrate_data => true, create_default_indexes => false, if_not_exists => true);
select create_hypertable('chain_max_pain', 'time',
    chunk_time_interval => interval '1 day', migrate_data => true, create_default_indexes => false, if_not_exists => true);

-- Segments are what queries ask for; the rest of each key is in the order, which compression under a unique key needs.
alter table inferred_gexray3 set (timescaledb.compress, timescaledb.compress_segmentby = 'ticker', timescaledb.compress_orderby = 'time desc, expiration');
alter table traded_gex set (timescaledb.compress, timescaledb.compress_segmentby = 'root, measure', timescaledb.compress_orderby = 'time desc, expiration');
alter table underlying_quotes set (timescaledb.compress, timescaledb.compress_segmentby = 'symbol', timescaledb.compress_orderby = 'timestamp desc');
alter table option_chains set (timescaledb.compress, timescaledb.compress_segmentby = 'underlying', timescaledb.compress_orderby = 'option_symbol, timestamp desc');
alter table chain_gex set (timescaledb.compress, timescaledb.compress_segmentby = 'root, scope, weight', timescaledb.compress_orderby = 'time desc');
alter table chain_max_pain set (timescaledb.compress, timescaledb.compress_segmentby = 'root', timescaledb.compress_orderby = 'time desc');

select add_compression_policy('inferred_gexray3', compress_after => interval '7 days', if_not_exists => true);
select add_compression_policy('traded_gex', compress_after => interval '7 days', if_not_exists => true);
select add_compression_policy('underlying_quotes', compress_after => interval '60 days', if_not_exists => true);
select add_compression_policy('option_chains', compress_after => interval '7 days', if_not_exists => true);
select add_compression_policy('chain_gex', compress_after => interval '7 days', if_not_exists => true);
select add_compression_policy('chain_max_pain', compress_after => interval '7 days', if_not_exists => true);

-- One continuous aggregate a width, wider ones over narrower ones, all with the rows that are not materialised yet. A first refresh cannot run in here; until the
-- policies have, they answer from the rows.
create materialized view traded_gex_agg_1m with (timescaledb.continuous, timescaledb.materialized_only = false) as
select time_bucket(interval '1 minute', time) as time, root, expiration, measure, count(*) as windows,
       first(spot, time) as spot_open, max(spot) as spot_high, min(spot) as spot_low, last(spot, time) as spot_close,
       first(sum, time) as sum_open, max(sum) as sum_high, min(sum) as sum_low, last(sum, time) as sum_close,
       last(zero_gamma, time) as zero_gamma, last(major_positive, time) as major_positive, last(major_negative, time) as major_negative,
       last(aggressor_share, time) as aggressor_share, sum(trade_count)::bigint as trade_count, sum(volume)::bigint as volume, bool_or(incomplete) as incomplete
  from traded_gex group by 1, 2, 3, 4 with no data;

create materialized view traded_gex_agg_5m with (timescaledb.continuous, timescaledb.materialized_only = false) as
select time_bucket(interval '5 minutes', time) as time, root, expiration, measure, sum(windows)::bigint as windows,
       first(spot_open, time) as spot_open, max(spot_high) as spot_high, min(spot_low) as spot_low, last(spot_close, time) as spot_close,
       first(sum_open, time) as sum_open, max(sum_high) as sum_high, min(sum_low) as sum_low, last(sum_close, time) as sum_close,
       last(zero_gamma, time) as zero_gamma, last(major_positive, time) as major_positive, last(major_negative, time) as major_negative,
       last(aggressor_share, time) as aggressor_share, sum(trade_count)::bigint as trade_count, sum(volume)::bigint as volume, bool_or(incomplete) as incomplete
  from traded_gex_agg_1m group by 1, 2, 3, 4 with no data;

create materialized view traded_gex_agg_1h with (timescaledb.continuous, timescaledb.materialized_only = false) as
select time_bucket(interval '1 hour', time) as time, root, expiration, measure, sum(windows)::bigint as windows,
       first(spot_open, time) as spot_open, max(spot_high) as spot_high, min(spot_low) as spot_low, last(spot_close, time) as spot_close,
       first(sum_open, time) as sum_open, max(sum_high) as sum_high, min(sum_low) as sum_low, last(sum_close, time) as sum_close,
       last(zero_gamma, time) as zero_gamma, last(major_positive, time) as major_positive, last(major_negative, time) as major_negative,
       last(aggressor_share, time) as aggressor_share, sum(trade_count)::bigint as trade_count, sum(volume)::bigint as volume, bool_or(incomplete) as incomplete
  from traded_gex_agg_5m group by 1, 2, 3, 4 with no data;

create materialized view traded_gex_agg_1d with (timescaledb.continuous, timescaledb.materialized_only = false) as
select time_bucket(interval '1 day', time) as time, root, expiration, measure, sum(windows)::bigint as windows,
       first(spot_open, time) as spot_open, max(spot_high) as spot_high, min(spot_low) as spot_low, last(spot_close, time) as spot_close,
       first(sum_open, time) as sum_open, max(sum_high) as sum_high, min(sum_low) as sum_low, last(sum_close, time) as sum_close,
       last(zero_gamma, time) as zero_gamma, last(major_positive, time) as major_positive, last(major_negative, time) as major_negative,
       last(aggressor_share, time) as aggressor_share, sum(trade_count)::bigint as trade_count, sum(volume)::bigint as volume, bool_or(incomplete) as incomplete
  from traded_gex_agg_1h group by 1, 2, 3, 4 with no data;

create materialized view underlying_quotes_agg_5m with (timescaledb.continuous, timescaledb.materialized_only = false) as
select symbol, time_bucket(interval '5 minutes', timestamp) as timestamp, first(open, timestamp) as open, max(high) as high, min(low) as low,
       last(close, timestamp) as close, sum(up_volume)::bigint as up_volume, sum(down_volume)::bigint as down_volume
  from underlying_quotes group by 1, 2 with no data;

create materialized view underlying_quotes_agg_1h with (timescaledb.continuous, timescaledb.materialized_only = false) as
select symbol, time_bucket(interval '1 hour', timestamp) as timestamp, first(open, timestamp) as open, max(high) as high, min(low) as low,
       last(close, timestamp) as close, sum(up_volume)::bigint as up_volume, sum(down_volume)::bigint as down_volume
  from underlying_quotes_agg_5m group by 1, 2 with no data;

create materialized view underlying_quotes_agg_1d with (timescaledb.continuous, timescaledb.materialized_only = false) as
select symbol, time_bucket(interval '1 day', timestamp) as timestamp, first(open, timestamp) as open, max(high) as high, min(low) as low,
       last(close, timestamp) as close, sum(up_volume)::bigint as up_volume, sum(down_volume)::bigint as down_volume
  from underlying_quotes_agg_1h group by 1, 2 with no data;

-- Behind the names that everybody uses.
create or replace view traded_gex_1m as
select time, root, expiration, measure, windows, spot_open, spot_high, spot_low, spot_close, sum_open, sum_high, sum_low, sum_close,
       zero_gamma, major_positive, major_negative, aggressor_share, trade_count, volume, incomplete
  from traded_gex_agg_1m;

create or replace view traded_gex_5m as
select time, root, expiration, measure, windows, spot_open, spot_high, spot_low, spot_close, sum_open, sum_high, sum_low, sum_close,
       zero_gamma, major_positive, major_negative, aggressor_share, trade_count, volume, incomplete
  from traded_gex_agg_5m;

create or replace view traded_gex_1h as
select time, root, expiration, measure, windows, spot_open, spot_high, spot_low, spot_close, sum_open, sum_high, sum_low, sum_close,
       zero_gamma, major_positive, major_negative, aggressor_share, trade_count, volume, incomplete
  from traded_gex_agg_1h;

create or replace view traded_gex_1d as
select time, root, expiration, measure, windows, spot_open, spot_high, spot_low, spot_close, sum_open, sum_high, sum_low, sum_close,
       zero_gamma, major_positive, major_negative, aggressor_share, trade_count, volume, incomplete
  from traded_gex_agg_1d;

create or replace view underlying_quotes_5m as
select symbol, timestamp, open::numeric(12,4) as open, high::numeric(12,4) as high, low::numeric(12,4) as low, close::numeric(12,4) as close, up_volume, down_volume
  from underlying_quotes_agg_5m;

create or replace view underlying_quotes_1h as
select symbol, timestamp, open::numeric(12,4) as open, high::numeric(12,4) as high, low::numeric(12,4) as low, close::numeric(12,4) as close, up_volume, down_volume
  from underlying_quotes_agg_1h;

create or replace view underlying_quotes_1d as
select symbol, timestamp, open::numeric(12,4) as open, high::numeric(12,4) as high, low::numeric(12,4) as low, close::numeric(12,4) as close, up_volume, down_volume
  from underlying_quotes_agg_1d;

drop table traded_gex_buckets, underlying_quotes_buckets;
drop function roll_up_traded_gex, roll_up_underlying_quotes;

-- Whatever has changed is refreshed, however old.
select add_continuous_aggregate_policy('traded_gex_agg_1m', start_offset => null, end_offset => interval '1 hour', schedule_interval => interval '15 minutes', if_not_exists => true);
select add_continuous_aggregate_policy('traded_gex_agg_5m', start_offset => null, end_offset => interval '1 hour', schedule_interval => interval '15 minutes', if_not_exists => true);
select add_continuous_aggregate_policy('traded_gex_agg_1h', start_offset => null, end_offset => interval '3 hours', schedule_interval => interval '15 minutes', if_not_exists => true);
select add_continuous_aggregate_policy('traded_gex_agg_1d', start_offset => null, end_offset => interval '2 days', schedule_interval => interval '15 minutes', if_not_exists => true);
select add_continuous_aggregate_policy('underlying_quotes_agg_5m', start_offset => null, end_offset => interval '1 hour', schedule_interval => interval '15 minutes', if_not_exists => true);
select add_continuous_aggregate_policy('underlying_quotes_agg_1h', start_offset => null, end_offset => interval '3 hours', schedule_interval => interval '15 minutes', if_not_exists => true);
select add_continuous_aggregate_policy('underlying_quotes_agg_1d', start_offset => null, end_offset => interval '2 days', schedule_interval => interval '15 minutes', if_not_exists => true);
