-- Flow, minute by minute, over the changes of the options' volumes. A contract that did not trade in a minute is not in it.
-- Contracts are contracts, notional is volume * last * 100 in dollars, net is calls less puts, averages are over the contracts that traded.
-- A ratio of puts to calls without calls is null. Days to expiry count from the session's date.
create view option_flow as
select timestamp, session, underlying, option_symbol, option_type, strike, expiration, expiration - session as days_to_expiry,
       volume_delta as contracts, volume_delta * last * 100 as notional, last, bid, ask, implied_volatility, delta, gamma, theta, vega
  from option_chains_with_deltas
 where volume_delta > 0;

create view flow_by_type as
select timestamp, underlying,
       coalesce(sum(contracts) filter (where option_type = 'C'), 0)::bigint as call_contracts,
       coalesce(sum(contracts) filter (where option_type = 'P'), 0)::bigint as put_contracts,
       coalesce(sum(notional) filter (where option_type = 'C'), 0) as call_notional,
       coalesce(sum(notional) filter (where option_type = 'P'), 0) as put_notional,
       sum(case option_type when 'C' then contracts else -contracts end)::bigint as net_contracts,
       coalesce(sum(case option_type when 'C' then notional else -notional end), 0) as net_notional,
       coalesce(sum(contracts) filter (where option_type = 'P'), 0) / nullif(sum(contracts) filter (where option_type = 'C'), 0) as put_call_ratio,
       avg(implied_volatility) filter (where option_type = 'C') as call_implied_volatility,
       avg(implied_volatility) filter (where option_type = 'P') as put_implied_volatility,
       avg(delta) filter (where option_type = 'C') as call_delta,
       avg(delta) filter (where option_type = 'P') as put_delta,
       avg(gamma) filter (where option_type = 'C') as call_gamma,
       avg(gamma) filter (where option_type = 'P') as put_gamma,
       avg(theta) filter (where option_type = 'C') as call_theta,
       avg(theta) filter (where option_type = 'P') as put_theta,
       avg(vega) filter (where option_type = 'C') as call_vega,
       avg(vega) filter (where option_type = 'P') as put_vega,
       avg(days_to_expiry) as days_to_expiry
  from option_flow
 group by timestamp, underlying;

create view flow_by_strike as
select timestamp, underlying, strike,
       coalesce(sum(contracts) filter (where option_type = 'C'), 0)::bigint as call_contracts,
       coalesce(sum(contracts) filter (where option_type = 'P'), 0)::bigint as put_contracts,
       coalesce(sum(notional) filter (where option_type = 'C'), 0) as call_notional,
       coalesce(sum(notional) filter (where option_type = 'P'), 0) as put_notional,
       sum(case option_type when 'C' then contracts else -contracts end)::bigint as net_contracts,
       coalesce(sum(case option_type when 'C' then notional else -notional end), 0) as net_notional,
       coalesce(sum(contracts) filter (where option_type = 'P'), 0) / nullif(sum(contracts) filter (where option_type = 'C'), 0) as put_call_ratio,
       avg(implied_volatility) as implied_volatility, avg(delta) as delta, avg(gamma) as gamma, avg(theta) as theta, avg(vega) as vega,
       avg(days_to_expiry) as days_to_expiry
  from option_flow
 group by timestamp, underlying, strike;

create view flow_by_expiration as
select timestamp, underlying, expiration,
       coalesce(sum(contracts) filter (where option_type = 'C'), 0)::bigint as call_contracts,
       coalesce(sum(contracts) filter (where option_type = 'P'), 0)::bigint as put_contracts,
       coalesce(sum(notional) filter (where option_type = 'C'), 0) as call_notional,
       coalesce(sum(notional) filter (where option_type = 'P'), 0) as put_notional,
       sum(case option_type when 'C' then contracts else -contracts end)::bigint as net_contracts,
       coalesce(sum(case option_type when 'C' then notional else -notional end), 0) as net_notional,
       coalesce(sum(contracts) filter (where option_type = 'P'), 0) / nullif(sum(contracts) filter (where option_type = 'C'), 0) as put_call_ratio,
       avg(implied_volatility) as implied_volatility, avg(delta) as delta, avg(gamma) as gamma, avg(theta) as theta, avg(vega) as vega,
       min(days_to_expiry) as days_to_expiry
  from option_flow
 group by timestamp, underlying, expiration;

-- What looks like somebody who knows: a score of 0 to 10, with what it is made of.
create view smart_money_flow as
select flow.*, score.*, volume_score + notional_score + volatility_score + delta_score + expiry_score as score
  from option_flow as flow
 cross join lateral (
       select case when contracts >= 500 then 3 when contracts >= 200 then 2 when contracts >= 100 then 1 else 0 end as volume_score,
              case when notional >= 500000 then 3 when notional >= 250000 then 2 when notional >= 100000 then 1 else 0 end as notional_score,
              case when implied_volatility > 1 then 2 when implied_volatility > 0.6 then 1 else 0 end as volatility_score,
              case when abs(delta) < 0.15 then 1 else 0 end as delta_score,
              case when days_to_expiry <= 2 then 1 else 0 end as expiry_score) as score
 where contracts >= 50 or notional >= 50000 or implied_volatility > 0.4 or (abs(delta) < 0.15 and contracts >= 20);

-- The share of up-volume in a minute of the underlying, in percent, 50 when nothing traded, and its change in points against the session's minute before.
create view underlying_buying_pressure as
select symbol, timestamp, close, up_volume, down_volume, percent as buying_pressure,
       case when percent > 70 then 'strong buying' when percent > 55 then 'buying' when percent >= 45 then 'neutral' when percent >= 30 then 'selling'
            else 'strong selling' end as signal,
       percent - percent_before as buying_pressure_change
  from underlying_quotes_with_deltas
 cross join lateral (select up_volume - up_volume_delta as up_before, down_volume - down_volume_delta as down_before) as before
 cross join lateral (
       select coalesce(100.0 * up_volume / nullif(up_volume + down_volume, 0), 50) as percent,
              coalesce(100.0 * up_before / nullif(up_before + down_before, 0), 50) as percent_before) as pressure;
