-- One-minute rows of the underlying and of the options; timestamp is the minute's first instant. Names, columns, types and keys are public.
-- Tables that are here already, from before this program, are taken over with their rows.
create table if not exists underlying_quotes (
    symbol      text           not null,
    timestamp   timestamptz    not null,
    open        numeric(12,4),
    high        numeric(12,4),
    low         numeric(12,4),
    close       numeric(12,4),
    up_volume   bigint,
    down_volume bigint,
    created_at  timestamptz    not null default now(),
    primary key (symbol, timestamp)
);

alter table underlying_quotes add column if not exists created_at timestamptz not null default now();

create table if not exists option_chains (
    option_symbol      text          not null,
    timestamp          timestamptz   not null,
    underlying         text          not null,
    strike             numeric(12,4) not null,
    expiration         date          not null,
    option_type        text          not null,
    last               numeric(12,4),
    bid                numeric(12,4),
    ask                numeric(12,4),
    volume             bigint,
    open_interest      bigint,
    implied_volatility numeric(8,6),
    delta              numeric(8,6),
    gamma              numeric(10,8),
    theta              numeric(10,6),
    vega               numeric(10,6),
    created_at         timestamptz   not null default now(),
    primary key (option_symbol, timestamp)
);

alter table option_chains add column if not exists created_at timestamptz not null default now();

create index if not exists option_chains_underlying_timestamp on option_chains (underlying, timestamp desc);

-- The change since the previous row of the same symbol and session; a session's first row counts from zero. A session is a New York date: from 20:00 on it
-- is the next date's, and weekends are Monday's. The row before is fetched through the key, row by row, so that a filter on time stays a filter on time;
-- a window function would read all there is of a symbol first. "offset 0" keeps a session's dates from being worked out more than once a row.
create view underlying_quotes_with_deltas as
select quote.symbol, quote.timestamp, quote.open, quote.high, quote.low, quote.close, quote.up_volume, quote.down_volume,
       quote.up_volume - coalesce(before.up_volume, 0) as up_volume_delta,
       quote.down_volume - coalesce(before.down_volume, 0) as down_volume_delta,
       own.session, quote.created_at
  from underlying_quotes as quote
 cross join lateral (
       select session, (session - case extract(isodow from session) when 1 then 3 else 1 end + time '20:00') at time zone 'America/New_York' as start
         from (select date + case extract(isodow from date) when 6 then 2 when 7 then 1 else 0 end as session
                 from (select ((quote.timestamp at time zone 'America/New_York') + interval '4 hours')::date as date offset 0) as evening offset 0) as day
       offset 0) as own
  left join lateral (
       select row.up_volume, row.down_volume
         from underlying_quotes as row
        where row.symbol = quote.symbol
          and row.timestamp < quote.timestamp
          and row.timestamp >= own.start
        order by row.timestamp desc limit 1) as before on true;

create view option_chains_with_deltas as
select quote.option_symbol, quote.timestamp, quote.underlying, quote.strike, quote.expiration, quote.option_type, quote.last, quote.bid, quote.ask,
       quote.volume, quote.open_interest, quote.implied_volatility, quote.delta, quote.gamma, quote.theta, quote.vega,
       quote.volume - coalesce(before.volume, 0) as volume_delta,
       quote.open_interest - coalesce(before.open_interest, 0) as open_interest_delta,
       own.session, quote.created_at
  from option_chains as quote
 cross join lateral (
       select session, (session - case extract(isodow from session) when 1 then 3 else 1 end + time '20:00') at time zone 'America/New_York' as start
         from (select date + case extract(isodow from date) when 6 then 2 when 7 then 1 else 0 end as session
                 from (select ((quote.timestamp at time zone 'America/New_York') + interval '4 hours')::date as date offset 0) as evening offset 0) as day
       offset 0) as own
  left join lateral (
       select row.volume, row.open_interest
         from option_chains as row
        where row.option_symbol = quote.option_symbol
          and row.timestamp < quote.timestamp
          and row.timestamp >= own.start
        order by row.timestamp desc limit 1) as before on true;
