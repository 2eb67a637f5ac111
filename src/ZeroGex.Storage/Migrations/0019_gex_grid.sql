-- What has settled by a root's newest greeks is not among the newest any more: its row stands for ever, for nothing newer comes.
create or replace view greeks_latest as
select root, expiration, (row->>0)::double precision as strike, row->>1 as option_type, time, spot, forward, years,
       (row->>2)::double precision as bid, (row->>3)::double precision as ask, (row->>4)::double precision as last,
       (row->>5)::bigint as volume, (row->>6)::bigint as open_interest,
       (row->>7)::double precision as implied_volatility, row->>8 as volatility_source, row->>9 as reason,
       (row->>10)::double precision as delta, (row->>11)::double precision as gamma, (row->>12)::double precision as theta,
       (row->>13)::double precision as vega, (row->>14)::double precision as rho, (row->>15)::double precision as vanna,
       (row->>16)::double precision as charm, (row->>17)::double precision as vomma, incomplete, model, created_at,
       (row->>18)::double precision as american_gamma
  from chain_greeks as newest cross join lateral jsonb_array_elements(contracts) as row
 where time + years * interval '365 days' > (select max(other.time) from chain_greeks as other where other.root = newest.root);

create or replace view volatility_smile as
select root, expiration, time, spot, forward, years, (row->>0)::double precision as strike, row->>1 as option_type, (row->>2)::double precision as log_moneyness,
       (row->>3)::double precision as implied_volatility, row->>4 as volatility_source, incomplete, model, created_at
  from chain_smiles as newest cross join lateral jsonb_array_elements(points) as row
 where time + years * interval '365 days' > (select max(other.time) from chain_smiles as other where other.root = newest.root);

create or replace view volatility_left_out as
select root, expiration, time, (row->>0)::double precision as strike, row->>1 as option_type, row->>2 as reason, incomplete, created_at
  from chain_smiles as newest cross join lateral jsonb_array_elements(left_out) as row
 where time + years * interval '365 days' > (select max(other.time) from chain_smiles as other where other.root = newest.root);

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
