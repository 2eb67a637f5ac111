-- How the figures of a minute were made: where a bar and a volatility come from, and whether facts are missing. Rows that are here do not say; a rebuild fills them in.
-- An option's model would be several times its row: it is that of the chain's results of the same minute.
alter table underlying_quotes add column source text, add column incomplete boolean, add column model jsonb;
alter table option_chains add column volatility_source text, add column incomplete boolean;

do $$
begin
    -- As of the other tables; hypertables compress in their own way.
    if exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)) and to_regclass('timescaledb_information.hypertables') is null then
        alter table underlying_quotes alter column model set compression lz4;
    end if;
end $$;

-- The share of up-volume in a minute of the underlying, in percent, and its change in points against the session's minute before: 50 when nothing traded, and before the session's first
-- minute. What no vendor says is null, and so is a change against it.
create or replace view underlying_buying_pressure as
select quote.symbol, quote.timestamp, quote.close, quote.up_volume, quote.down_volume, percent as buying_pressure,
       case when percent > 70 then 'strong buying' when percent > 55 then 'buying' when percent >= 45 then 'neutral' when percent >= 30 then 'selling'
            when percent < 30 then 'strong selling' end as signal,
       percent - percent_before as buying_pressure_change, quote.created_at, quote.source, quote.incomplete
  from underlying_quotes as quote
 cross join lateral session_of(quote.timestamp) as own
  left join lateral (
       select row.timestamp, row.up_volume, row.down_volume
         from underlying_quotes as row
        where row.symbol = quote.symbol and row.timestamp < quote.timestamp and row.timestamp >= own.start
        order by row.timestamp desc limit 1) as before on true
 cross join lateral (
       select case when quote.up_volume + quote.down_volume = 0 then 50 else 100.0 * quote.up_volume / (quote.up_volume + quote.down_volume) end as percent,
              case when before.timestamp is null or before.up_volume + before.down_volume = 0 then 50
                   else 100.0 * before.up_volume / (before.up_volume + before.down_volume) end as percent_before) as pressure;

-- The views over minutes pass on what the rows now say, behind the columns that they had. Of a sum, whether any of its rows is incomplete.
create or replace view underlying_quotes_1m as
select symbol, timestamp, open, high, low, close, up_volume, down_volume, created_at, source, incomplete, model from underlying_quotes;

create or replace view underlying_quotes_with_deltas as
select quote.symbol, quote.timestamp, quote.open, quote.high, quote.low, quote.close, quote.up_volume, quote.down_volume,
       quote.up_volume - coalesce(before.up_volume, 0) as up_volume_delta,
       quote.down_volume - coalesce(before.down_volume, 0) as down_volume_delta,
       own.session, quote.created_at, quote.source, quote.incomplete, quote.model
  from underlying_quotes as quote
 cross join lateral session_of(quote.timestamp) as own
  left join lateral (
       select row.up_volume, row.down_volume
         from underlying_quotes as row
        where row.symbol = quote.symbol
          and row.timestamp < quote.timestamp
          and row.timestamp >= own.start
        order by row.timestamp desc limit 1) as before on true;

create or replace view option_chains_with_deltas as
select quote.option_symbol, quote.timestamp, quote.underlying, quote.strike, quote.expiration, quote.option_type, quote.last, quote.bid, quote.ask,
       quote.volume, quote.open_interest, quote.implied_volatility, quote.delta, quote.gamma, quote.theta, quote.vega,
       quote.volume - coalesce(before.volume, 0) as volume_delta,
       quote.open_interest - coalesce(before.open_interest, 0) as open_interest_delta,
       own.session, quote.created_at, quote.volatility_source, quote.incomplete
  from option_chains as quote
 cross join lateral session_of(quote.timestamp) as own
  left join lateral (
       select row.volume, row.open_interest
         from option_chains as row
        where row.option_symbol = quote.option_symbol
          and row.timestamp < quote.timestamp
          and row.timestamp >= own.start
        order by row.timestamp desc limit 1) as before on true;

create or replace view option_flow as
select timestamp, session, underlying, option_symbol, option_type, strike, expiration, expiration - session as days_to_expiry,
       volume_delta as contracts, volume_delta * last * 100 as notional, last, bid, ask, implied_volatility, delta, gamma, theta, vega, created_at,
       volatility_source, incomplete
  from option_chains_with_deltas
 where volume_delta > 0;

-- A volatility of "default" is the setting's and not the market's: no average has it, nor the greeks that were made with it. Rows that do not say where theirs comes from count as before.
alter table option_chains_buckets add column incomplete boolean;

do $do$
begin
    execute format($format$
create or replace function mark_option_buckets() returns trigger language plpgsql as $$
declare
    written record;
    session record;
    touched record;
    before  bigint;
begin
    if tg_op = 'UPDATE' then
        if (old.option_symbol, old.timestamp, old.underlying, old.expiration, old.option_type, old.last, old.volume, old.implied_volatility, old.delta, old.gamma, old.theta, old.vega, old.volatility_source, old.incomplete)
           is not distinct from
           (new.option_symbol, new.timestamp, new.underlying, new.expiration, new.option_type, new.last, new.volume, new.implied_volatility, new.delta, new.gamma, new.theta, new.vega, new.volatility_source, new.incomplete)
        then return null; end if;
    end if;

    for side in 1..2 loop
        continue when side = 1 and tg_op = 'INSERT' or side = 2 and tg_op = 'DELETE';
        if side = 1 then written := old; else written := new; end if;
        select * into session from %1$I.session_of(written.timestamp);

        if tg_op = 'INSERT' then
            select row.volume into before from option_chains as row
             where row.option_symbol = written.option_symbol and row.timestamp < written.timestamp and row.timestamp >= session.start order by row.timestamp desc limit 1;
            if coalesce(before, 0) = coalesce(written.volume, 0) then return null; end if;
        end if;

        -- Its own bucket, and those of the rows after it up to the first with another volume than now stands here: that one counts from here.
        select row.volume into before from option_chains as row
         where row.option_symbol = written.option_symbol and row.timestamp <= written.timestamp and row.timestamp >= session.start order by row.timestamp desc limit 1;
        for touched in
            select written.underlying, written.timestamp, written.expiration, written.option_type, before as volume
            union all
            select row.underlying, row.timestamp, row.expiration, row.option_type, row.volume
              from option_chains as row
             where row.option_symbol = written.option_symbol and row.timestamp > written.timestamp and row.timestamp < session.until
             order by timestamp
        loop
            if not exists (select from option_chains_buckets as bucket
                            where bucket.is_stale
                              and (bucket.underlying, bucket.timestamp, bucket.expiration, bucket.option_type) = (touched.underlying, touched.timestamp, touched.expiration, touched.option_type))
            then
                insert into option_chains_buckets (underlying, timestamp, expiration, option_type) values (touched.underlying, touched.timestamp, touched.expiration, touched.option_type)
                on conflict (underlying, timestamp, expiration, option_type) do update set is_stale = true;
            end if;
            exit when coalesce(touched.volume, 0) <> coalesce(before, 0);
        end loop;
    end loop;
    return null;
end $$;

create or replace function roll_up_option_chains() returns trigger language plpgsql as $$
begin
    insert into option_chains_buckets
    select bucket.underlying, bucket.timestamp, bucket.expiration, bucket.option_type, false, min(bucket.expiration - own.session),
           count(*), sum(delta_of.volume), sum(delta_of.volume * quote.last * 100),
           sum(said.implied_volatility), count(said.implied_volatility), sum(said.delta), count(said.delta), sum(said.gamma), count(said.gamma),
           sum(said.theta), count(said.theta), sum(said.vega), count(said.vega), max(quote.created_at), bool_or(quote.incomplete)
      from option_chains_buckets as bucket
      join option_chains as quote using (underlying, timestamp, expiration, option_type)
     cross join lateral %1$I.session_of(bucket.timestamp) as own
      left join lateral (
           select row.volume
             from option_chains as row
            where row.option_symbol = quote.option_symbol and row.timestamp < quote.timestamp and row.timestamp >= own.start
            order by row.timestamp desc limit 1) as before on true
     cross join lateral (select quote.volume - coalesce(before.volume, 0) as volume) as delta_of
      left join lateral (select quote.implied_volatility, quote.delta, quote.gamma, quote.theta, quote.vega where quote.volatility_source is distinct from 'default') as said on true
     where bucket.is_stale and delta_of.volume > 0
     group by bucket.underlying, bucket.timestamp, bucket.expiration, bucket.option_type
    on conflict (underlying, timestamp, expiration, option_type) do update
       set is_stale = false, days_to_expiry = excluded.days_to_expiry, traded = excluded.traded, contracts = excluded.contracts, notional = excluded.notional,
           volatility_sum = excluded.volatility_sum, volatilities = excluded.volatilities, delta_sum = excluded.delta_sum, deltas = excluded.deltas,
           gamma_sum = excluded.gamma_sum, gammas = excluded.gammas, theta_sum = excluded.theta_sum, thetas = excluded.thetas,
           vega_sum = excluded.vega_sum, vegas = excluded.vegas, created_at = excluded.created_at, incomplete = excluded.incomplete;
    delete from option_chains_buckets where is_stale; -- Nothing traded.
    return null;
end $$;
$format$, current_schema());
end $do$;

create or replace view flow_by_type as
select timestamp, underlying,
       coalesce(sum(contracts) filter (where option_type = 'C'), 0)::bigint as call_contracts,
       coalesce(sum(contracts) filter (where option_type = 'P'), 0)::bigint as put_contracts,
       coalesce(sum(notional) filter (where option_type = 'C'), 0) as call_notional,
       coalesce(sum(notional) filter (where option_type = 'P'), 0) as put_notional,
       sum(case option_type when 'C' then contracts else -contracts end)::bigint as net_contracts,
       coalesce(sum(case option_type when 'C' then notional else -notional end), 0) as net_notional,
       coalesce(sum(contracts) filter (where option_type = 'P'), 0) / nullif(sum(contracts) filter (where option_type = 'C'), 0) as put_call_ratio,
       sum(volatility_sum) filter (where option_type = 'C') / nullif(sum(volatilities) filter (where option_type = 'C'), 0) as call_implied_volatility,
       sum(volatility_sum) filter (where option_type = 'P') / nullif(sum(volatilities) filter (where option_type = 'P'), 0) as put_implied_volatility,
       sum(delta_sum) filter (where option_type = 'C') / nullif(sum(deltas) filter (where option_type = 'C'), 0) as call_delta,
       sum(delta_sum) filter (where option_type = 'P') / nullif(sum(deltas) filter (where option_type = 'P'), 0) as put_delta,
       sum(gamma_sum) filter (where option_type = 'C') / nullif(sum(gammas) filter (where option_type = 'C'), 0) as call_gamma,
       sum(gamma_sum) filter (where option_type = 'P') / nullif(sum(gammas) filter (where option_type = 'P'), 0) as put_gamma,
       sum(theta_sum) filter (where option_type = 'C') / nullif(sum(thetas) filter (where option_type = 'C'), 0) as call_theta,
       sum(theta_sum) filter (where option_type = 'P') / nullif(sum(thetas) filter (where option_type = 'P'), 0) as put_theta,
       sum(vega_sum) filter (where option_type = 'C') / nullif(sum(vegas) filter (where option_type = 'C'), 0) as call_vega,
       sum(vega_sum) filter (where option_type = 'P') / nullif(sum(vegas) filter (where option_type = 'P'), 0) as put_vega,
       sum(days_to_expiry * traded) / sum(traded) as days_to_expiry, max(created_at) as created_at, bool_or(incomplete) as incomplete
  from option_chains_buckets
 where not is_stale
 group by timestamp, underlying;

create or replace view flow_by_strike as
select timestamp, underlying, strike,
       coalesce(sum(contracts) filter (where option_type = 'C'), 0)::bigint as call_contracts,
       coalesce(sum(contracts) filter (where option_type = 'P'), 0)::bigint as put_contracts,
       coalesce(sum(notional) filter (where option_type = 'C'), 0) as call_notional,
       coalesce(sum(notional) filter (where option_type = 'P'), 0) as put_notional,
       sum(case option_type when 'C' then contracts else -contracts end)::bigint as net_contracts,
       coalesce(sum(case option_type when 'C' then notional else -notional end), 0) as net_notional,
       coalesce(sum(contracts) filter (where option_type = 'P'), 0) / nullif(sum(contracts) filter (where option_type = 'C'), 0) as put_call_ratio,
       avg(implied_volatility) filter (where is_said) as implied_volatility, avg(delta) filter (where is_said) as delta, avg(gamma) filter (where is_said) as gamma,
       avg(theta) filter (where is_said) as theta, avg(vega) filter (where is_said) as vega,
       avg(days_to_expiry) as days_to_expiry, max(created_at) as created_at, bool_or(incomplete) as incomplete
  from option_flow
 cross join lateral (select volatility_source is distinct from 'default' as is_said) as said
 group by timestamp, underlying, strike;

create or replace view flow_by_expiration as
select timestamp, underlying, expiration,
       coalesce(sum(contracts) filter (where option_type = 'C'), 0)::bigint as call_contracts,
       coalesce(sum(contracts) filter (where option_type = 'P'), 0)::bigint as put_contracts,
       coalesce(sum(notional) filter (where option_type = 'C'), 0) as call_notional,
       coalesce(sum(notional) filter (where option_type = 'P'), 0) as put_notional,
       sum(case option_type when 'C' then contracts else -contracts end)::bigint as net_contracts,
       coalesce(sum(case option_type when 'C' then notional else -notional end), 0) as net_notional,
       coalesce(sum(contracts) filter (where option_type = 'P'), 0) / nullif(sum(contracts) filter (where option_type = 'C'), 0) as put_call_ratio,
       sum(volatility_sum) / nullif(sum(volatilities), 0) as implied_volatility, sum(delta_sum) / nullif(sum(deltas), 0) as delta,
       sum(gamma_sum) / nullif(sum(gammas), 0) as gamma, sum(theta_sum) / nullif(sum(thetas), 0) as theta, sum(vega_sum) / nullif(sum(vegas), 0) as vega,
       min(days_to_expiry) as days_to_expiry, max(created_at) as created_at, bool_or(incomplete) as incomplete
  from option_chains_buckets
 where not is_stale
 group by timestamp, underlying, expiration;

-- Nor does it make a contract stand out, or score. Its delta does: with any volatility it is small where the strike is far away.
create or replace view smart_money_flow as
select timestamp, session, underlying, option_symbol, option_type, strike, expiration, days_to_expiry, contracts, notional, last, bid, ask, implied_volatility, delta, gamma, theta, vega,
       score.*, volume_score + notional_score + volatility_score + delta_score + expiry_score as score, created_at, volatility_source, incomplete
  from option_flow as flow
 cross join lateral (select case when volatility_source is distinct from 'default' then implied_volatility end as said_volatility) as said
 cross join lateral (
       select case when contracts >= 500 then 3 when contracts >= 200 then 2 when contracts >= 100 then 1 else 0 end as volume_score,
              case when notional >= 500000 then 3 when notional >= 250000 then 2 when notional >= 100000 then 1 else 0 end as notional_score,
              case when said_volatility > 1 then 2 when said_volatility > 0.6 then 1 else 0 end as volatility_score,
              case when abs(delta) < 0.15 then 1 else 0 end as delta_score,
              case when days_to_expiry <= 2 then 1 else 0 end as expiry_score) as score
 where contracts >= 50 or notional >= 50000 or said_volatility > 0.4 or (abs(delta) < 0.15 and contracts >= 20);

-- Where minutes of an underlying are missing: as before between two rows of a session, and now at its ends too, from the open at 09:30 in New York to the first row, and from the last one to the
-- close at 16:00, or to the minute that is under way. The days before Independence Day and Christmas and after Thanksgiving close at 13:00. What has no row in a session has no gap in it.
create or replace view underlying_gaps as
select quote.symbol, own.session, gap.from_time, gap.to_time, gap.to_time - gap.from_time as missing, quote.created_at
  from underlying_quotes as quote
 cross join lateral session_of(quote.timestamp) as own
 cross join lateral (
       select own.session + case when to_char(own.session, 'MMDD') in ('0703', '1224') or to_char(own.session, 'MMDD') between '1123' and '1129' and extract(isodow from own.session) = 5
                                 then time '13:00' else time '16:00' end as close) as day
  left join lateral (
       select row.timestamp
         from underlying_quotes as row
        where row.symbol = quote.symbol and row.timestamp < quote.timestamp and row.timestamp >= own.start
        order by row.timestamp desc limit 1) as before on true
 cross join lateral (
       select greatest(coalesce(before.timestamp + interval '1 minute', (own.session + time '09:30') at time zone 'America/New_York'), (own.session + time '04:00') at time zone 'America/New_York') as from_time,
              least(quote.timestamp, (own.session + time '20:00') at time zone 'America/New_York') as to_time
       union all
       select greatest(quote.timestamp + interval '1 minute', (own.session + time '04:00') at time zone 'America/New_York'),
              least(day.close at time zone 'America/New_York', date_trunc('minute', now()))
        where not exists (select from underlying_quotes as row where row.symbol = quote.symbol and row.timestamp > quote.timestamp and row.timestamp < own.until)) as gap
 where gap.to_time - gap.from_time > case when own.until > now() then interval '2 minutes' else interval '5 minutes' end;
