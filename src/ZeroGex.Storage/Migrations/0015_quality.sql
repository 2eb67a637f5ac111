-- What each minute of a root's data was worth. One result is one row; its findings unfold in a view.
create table quality_minutes (
    time                  timestamptz not null,
    root                  text        not null,
    session               date        not null,
    state                 text        not null check (state in ('ok', 'warning', 'bad')),
    is_open               boolean     not null,
    rows                  bigint      not null,
    late                  bigint      not null,
    lost                  bigint      not null,
    quotes                bigint      not null,
    crossed               bigint      not null,
    locked                bigint      not null,
    one_sided             bigint      not null,
    empty                 bigint      not null,
    without_size          bigint      not null,
    contracts             integer     not null,
    quoted                integer     not null,
    stale                 integer     not null,
    without_open_interest integer     not null,
    inputs                jsonb       not null, -- [kind, rows, late, lost, silent seconds] ...
    volatilities          jsonb       not null, -- [source, contracts] ...
    findings              jsonb       not null, -- [issue, input, state, value, warning, bad] ...
    incomplete            boolean     not null,
    model                 jsonb       not null,
    created_at            timestamptz not null default now(),
    primary key (time, root)
);

create index quality_minutes_root_time on quality_minutes (root, time desc);

create view quality_findings as
select time, root, session, finding->>0 as issue, finding->>1 as input, finding->>2 as state, (finding->>3)::double precision as value,
       (finding->>4)::double precision as warning, (finding->>5)::double precision as bad, incomplete, created_at
  from quality_minutes cross join lateral jsonb_array_elements(findings) as finding;

-- The log of quality says both: what feeds and folds told of, from the event log, and what is wrong with the minutes, which has no place in that log.
create or replace view data_quality_log as
select timestamp as time, data->>'root' as root, data->>'state' as issue, data->>'detail' as detail,
       (data->>'from')::timestamptz as from_time, (data->>'to')::timestamptz as to_time, stream_id, seq_id
  from mt_events
 where type = 'feed_state_changed' and stream_id >= 'state' and stream_id < 'statf' and data->>'state' is not null
 union all
select time, root, issue, format('%s: %s%s, warning from %s, bad from %s', state, coalesce(input || ' ', ''), value, coalesce(warning::text, 'never'), coalesce(bad::text, 'never')),
       time - interval '1 minute', time, (input || '/' || root || '/' || session)::varchar, null
  from quality_findings
 where state <> 'ok';
