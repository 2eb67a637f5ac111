-- A plain database that gets TimescaleDB later: triggers with transition tables cannot stay on what becomes a hypertable. Continuous aggregates take over.
drop trigger if exists roll_up_inserted on traded_gex;
drop trigger if exists roll_up_updated on traded_gex;
drop trigger if exists roll_up_deleted on traded_gex;
