-- When the figures of these views were calculated, behind the columns that they had.
create or replace view underlying_quotes_1m as
select symbol, timestamp, open, high, low, close, up_volume, down_volume, created_at from underlying_quotes;

-- Of an alert the newer of its two rows.
create or replace view alert_history as
select raised.id, raised.root, raised.rule, raised.session, raised.severity, raised.metric, raised.operator, raised.scope, raised.threshold,
       raised.time as raised_at, raised.value as raised_value, raised.level, raised.spot, raised.text,
       resolved.time as resolved_at, resolved.value as resolved_value, resolved.text as resolved_text, raised.incomplete,
       greatest(raised.created_at, resolved.created_at) as created_at
  from alerts raised left join alerts resolved on resolved.id = raised.id and resolved.event = 'resolved'
 where raised.event = 'raised';

-- What was told was not calculated: its time is when it was said.
create or replace view data_quality_log as
select timestamp as time, data->>'root' as root, data->>'state' as issue, data->>'detail' as detail,
       (data->>'from')::timestamptz as from_time, (data->>'to')::timestamptz as to_time, stream_id, seq_id, null::timestamptz as created_at
  from mt_events
 where type = 'feed_state_changed' and stream_id >= 'state' and stream_id < 'statf' and data->>'state' is not null
 union all
select time, root, issue, format('%s: %s%s, warning from %s, bad from %s', state, coalesce(input || ' ', ''), value, coalesce(warning::text, 'never'), coalesce(bad::text, 'never')),
       time - interval '1 minute', time, (input || '/' || root || '/' || session)::varchar, null, created_at
  from quality_findings
 where state <> 'ok';
