select create_hypertable('alerts', 'time',
    chunk_time_interval => interval '30 days', migrate_data => true, create_default_indexes => false, if_not_exists => true);
alter table alerts set (timescaledb.compress, timescaledb.compress_segmentby = 'root', timescaledb.compress_orderby = 'time desc, rule, event');
select add_compression_policy('alerts', compress_after => interval '60 days', if_not_exists => true);
