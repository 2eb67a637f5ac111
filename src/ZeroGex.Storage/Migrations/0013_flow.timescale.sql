select create_hypertable('flow_minutes', 'timestamp',
    chunk_time_interval => interval '7 days', migrate_data => true, create_default_indexes => false, if_not_exists => true);
select create_hypertable('flow_seconds', 'time',
    chunk_time_interval => interval '1 day', migrate_data => true, create_default_indexes => false, if_not_exists => true);
select create_hypertable('flow_smart_money', 'timestamp',
    chunk_time_interval => interval '7 days', migrate_data => true, create_default_indexes => false, if_not_exists => true);

alter table flow_minutes set (timescaledb.compress, timescaledb.compress_segmentby = 'root', timescaledb.compress_orderby = 'timestamp desc');
alter table flow_seconds set (timescaledb.compress, timescaledb.compress_segmentby = 'root', timescaledb.compress_orderby = 'time desc');
alter table flow_smart_money set (timescaledb.compress, timescaledb.compress_segmentby = 'root', timescaledb.compress_orderby = 'timestamp desc, expiration, strike, option_type');

select add_compression_policy('flow_minutes', compress_after => interval '30 days', if_not_exists => true);
select add_compression_policy('flow_seconds', compress_after => interval '7 days', if_not_exists => true);
select add_compression_policy('flow_smart_money', compress_after => interval '30 days', if_not_exists => true);
