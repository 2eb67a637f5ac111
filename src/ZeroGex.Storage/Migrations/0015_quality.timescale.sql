select create_hypertable('quality_minutes', 'time',
    chunk_time_interval => interval '30 days', migrate_data => true, create_default_indexes => false, if_not_exists => true);
alter table quality_minutes set (timescaledb.compress, timescaledb.compress_segmentby = 'root', timescaledb.compress_orderby = 'time desc');
select add_compression_policy('quality_minutes', compress_after => interval '60 days', if_not_exists => true);
