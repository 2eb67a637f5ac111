select create_hypertable('chain_volatility', 'time',
    chunk_time_interval => interval '1 day', migrate_data => true, create_default_indexes => false, if_not_exists => true);

alter table chain_volatility set (timescaledb.compress, timescaledb.compress_segmentby = 'root', timescaledb.compress_orderby = 'time desc');

select add_compression_policy('chain_volatility', compress_after => interval '7 days', if_not_exists => true);
