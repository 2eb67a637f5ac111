-- The American gamma, where the root is asked for one, stands behind the other greeks of a contract.
create or replace view greeks_latest as
select root, expiration, (row->>0)::double precision as strike, row->>1 as option_type, time, spot, forward, years,
       (row->>2)::double precision as bid, (row->>3)::double precision as ask, (row->>4)::double precision as last,
       (row->>5)::bigint as volume, (row->>6)::bigint as open_interest,
       (row->>7)::double precision as implied_volatility, row->>8 as volatility_source, row->>9 as reason,
       (row->>10)::double precision as delta, (row->>11)::double precision as gamma, (row->>12)::double precision as theta,
       (row->>13)::double precision as vega, (row->>14)::double precision as rho, (row->>15)::double precision as vanna,
       (row->>16)::double precision as charm, (row->>17)::double precision as vomma, incomplete, model, created_at,
       (row->>18)::double precision as american_gamma
  from chain_greeks cross join lateral jsonb_array_elements(contracts) as row;
