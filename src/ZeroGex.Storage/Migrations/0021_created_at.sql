-- When the figures of flow were calculated: of a sum, when the newest row was that it sums.
alter table option_chains_buckets add column created_at timestamptz;

-- As before, with the newest row's time; the schema is the calendar's.
do $do$
begin
    execute format($format$
create or replace function roll_up_option_chains() returns trigger language plpgsql as $$
begin
    insert into option_chains_buckets
    select bucket.underlying, bucket.timestamp, bucket.expiration, bucket.option_type, false, min(bucket.expiration - own.session),
           count(*), sum(delta_of.volume), sum(delta_of.volume * quote.last * 100),
           sum(quote.implied_volatility), count(quote.implied_volatility), sum(quote.delta), count(quote.delta), sum(quote.gamma), count(quote.gamma),
           sum(quote.theta), count(quote.theta), sum(quote.vega), count(quote.vega), max(quote.created_at)
      from option_chains_buckets as bucket
      join option_chains as quote using (underlying, timestamp, expiration, option_type)
     cross join lateral %1$I.session_of(bucket.timestamp) as own
      left join lateral (
           select row.volume
             from option_chains as row
            where row.option_symbol = quote.option_symbol and row.timestamp < quote.timestamp and row.timestamp >= own.start
            order by row.timestamp desc limit 1) as before on true
     cross join lateral (select quote.volume - coalesce(before.volume, 0) as volume) as delta_of
     where bucket.is_stale and delta_of.volume > 0
     group by bucket.underlying, bucket.timestamp, bucket.expiration, bucket.option_type
    on conflict (underlying, timestamp, expiration, option_type) do update
       set is_stale = false, days_to_expiry = excluded.days_to_expiry, traded = excluded.traded, contracts = excluded.contracts, notional = excluded.notional,
           volatility_sum = excluded.volatility_sum, volatilities = excluded.volatilities, delta_sum = excluded.delta_sum, deltas = excluded.deltas,
           gamma_sum = excluded.gamma_sum, gammas = excluded.gammas, theta_sum = excluded.theta_sum, thetas = excluded.thetas,
           vega_sum = excluded.vega_sum, vegas = excluded.vegas, created_at = excluded.created_at;
    delete from option_chains_buckets where is_stale; -- Nothing traded.
    return null;
end $$;
$format$, current_schema());
end $do$;

-- The same columns as before, and one behind them.
create or replace view option_flow as
select timestamp, session, underlying, option_symbol, option_type, strike, expiration, expiration - session as days_to_expiry,
       volume_delta as contracts, volume_delta * last * 100 as notional, last, bid, ask, implied_volatility, delta, gamma, theta, vega, created_at
  from option_chains_with_deltas
 where volume_delta > 0;

-- Sums that were here before.
update option_chains_buckets as bucket
   set created_at = newest.created_at
  from (select underlying, timestamp, expiration, option_type, max(created_at) as created_at from option_flow group by 1, 2, 3, 4) as newest
 where (bucket.underlying, bucket.timestamp, bucket.expiration, bucket.option_type) = (newest.underlying, newest.timestamp, newest.expiration, newest.option_type);

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
       sum(days_to_expiry * traded) / sum(traded) as days_to_expiry, max(created_at) as created_at
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
       avg(implied_volatility) as implied_volatility, avg(delta) as delta, avg(gamma) as gamma, avg(theta) as theta, avg(vega) as vega,
       avg(days_to_expiry) as days_to_expiry, max(created_at) as created_at
  from option_flow
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
       min(days_to_expiry) as days_to_expiry, max(created_at) as created_at
  from option_chains_buckets
 where not is_stale
 group by timestamp, underlying, expiration;

create or replace view smart_money_flow as
select timestamp, session, underlying, option_symbol, option_type, strike, expiration, days_to_expiry, contracts, notional, last, bid, ask, implied_volatility, delta, gamma, theta, vega,
       score.*, volume_score + notional_score + volatility_score + delta_score + expiry_score as score, created_at
  from option_flow as flow
 cross join lateral (
       select case when contracts >= 500 then 3 when contracts >= 200 then 2 when contracts >= 100 then 1 else 0 end as volume_score,
              case when notional >= 500000 then 3 when notional >= 250000 then 2 when notional >= 100000 then 1 else 0 end as notional_score,
              case when implied_volatility > 1 then 2 when implied_volatility > 0.6 then 1 else 0 end as volatility_score,
              case when abs(delta) < 0.15 then 1 else 0 end as delta_score,
              case when days_to_expiry <= 2 then 1 else 0 end as expiry_score) as score
 where contracts >= 50 or notional >= 50000 or implied_volatility > 0.4 or (abs(delta) < 0.15 and contracts >= 20);

create or replace view underlying_buying_pressure as
select symbol, timestamp, close, up_volume, down_volume, percent as buying_pressure,
       case when percent > 70 then 'strong buying' when percent > 55 then 'buying' when percent >= 45 then 'neutral' when percent >= 30 then 'selling'
            else 'strong selling' end as signal,
       percent - percent_before as buying_pressure_change, created_at
  from underlying_quotes_with_deltas
 cross join lateral (select up_volume - up_volume_delta as up_before, down_volume - down_volume_delta as down_before) as before
 cross join lateral (
       select coalesce(100.0 * up_volume / nullif(up_volume + down_volume, 0), 50) as percent,
              coalesce(100.0 * up_before / nullif(up_before + down_before, 0), 50) as percent_before) as pressure;
