-- What feeds and folds said of the data, from the log itself: gaps, reconnects, staleness, rollovers. time is the clock of whoever said so.
-- Streams of states are read through the log's index alone: state/..., and state-... of the folds.
create view data_quality_log as
select timestamp as time, data->>'root' as root, data->>'state' as issue, data->>'detail' as detail,
       (data->>'from')::timestamptz as from_time, (data->>'to')::timestamptz as to_time, stream_id, seq_id
  from mt_events
 where type = 'feed_state_changed' and stream_id >= 'state' and stream_id < 'statf' and data->>'state' is not null;

-- What was recorded, minute by minute and stream by stream, by the messages' own clock. Name a stream: the log has no index on time.
create view ingestion_metrics as
select date_bin('1 minute', timestamp, '2000-01-01 00:00Z') as time, stream_id, split_part(stream_id, '/', 1) as kind, split_part(stream_id, '/', 2) as root,
       count(*) as messages, sum(octet_length(coalesce(bdata, convert_to(data::text, 'UTF8'))))::bigint as bytes
  from mt_events
 group by 1, 2;
