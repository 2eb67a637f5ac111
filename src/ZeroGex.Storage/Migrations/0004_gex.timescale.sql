create extension if not exists timescaledb;

select create_hypertable('inferred_gexray3', 'time',
    chunk_time_interval => interval '1 day', migrate_data => true, create_default_indexes => false, if_not_exists => true);

select create_hypertable('traded_gex', 'time',
    chunk_time_interval => interval '1 day', migrate_data => true, create_default_indexes => false, if_not_exists => true);
