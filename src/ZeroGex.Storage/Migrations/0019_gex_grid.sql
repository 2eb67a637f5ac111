-- Exposure by strike and expiration, of the newest greeks: dollars of delta per 1 % move, delta in dollars, vanna in dollars of delta per volatility point, charm in dollars of delta
-- per calendar day; a contract whose count is not known adds nothing, as in chain_gex. american_net is the net by American gammas, null unless every contract that counts has one.
create view gex_grid as
select root, time, spot, expiration, strike, weight,
       coalesce(sum(gamma_dollars) filter (where option_type = 'C'), 0) as call,
       coalesce(sum(sign * gamma_dollars) filter (where option_type = 'P'), 0) + 0 as put,
       coalesce(sum(sign * gamma_dollars), 0) as net,
       coalesce(sum(gamma_dollars), 0) as gross,
       coalesce(sum(delta * contracts * 100 * spot), 0) as delta,
       coalesce(sum(vanna * contracts * 100 * spot), 0) as vanna,
       coalesce(sum(charm * contracts * 100 * spot), 0) as charm,
       case when bool_and(american_gamma is not null or contracts = 0) then coalesce(sum(sign * american_gamma * contracts * spot * spot), 0) end as american_net,
       bool_or(incomplete) as incomplete, min(model::text)::jsonb as model, min(created_at) as created_at
  from greeks_latest
 cross join lateral (values ('open_interest', coalesce(open_interest, 0)), ('volume', volume)) as weighed (weight, contracts)
 cross join lateral (select case option_type when 'C' then 1 else -1 end as sign, gamma * contracts * spot * spot as gamma_dollars) as of_contract
 group by root, time, spot, expiration, strike, weight;
