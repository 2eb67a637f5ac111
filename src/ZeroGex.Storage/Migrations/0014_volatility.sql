-- Volatilities of whole chains. The term structure is kept, one result a row; of smiles the newest of each expiration, as of greeks.
create table chain_volatility (
    time        timestamptz      not null,
    root        text             not null,
    spot        double precision not null,
    -- [expiration, forward, years, at the money, 25-delta call, 25-delta put, risk reversal, butterfly, expected move, straddle strike, straddle, points, left out] ...
    expirations jsonb            not null,
    incomplete  boolean          not null,
    model       jsonb            not null,
    created_at  timestamptz      not null default now(),
    primary key (time, root)
);

create index chain_volatility_root_time on chain_volatility (root, time desc);

create view volatility_term as
select time, root, spot, (row->>0)::date as expiration, (row->>1)::double precision as forward, (row->>2)::double precision as years,
       (row->>3)::double precision as at_the_money, (row->>4)::double precision as call_25, (row->>5)::double precision as put_25,
       (row->>6)::double precision as risk_reversal, (row->>7)::double precision as butterfly, (row->>8)::double precision as expected_move,
       (row->>9)::double precision as straddle_strike, (row->>10)::double precision as straddle, (row->>11)::integer as points, (row->>12)::integer as left_out,
       incomplete, model, created_at
  from chain_volatility cross join lateral jsonb_array_elements(expirations) as row;

create table chain_smiles (
    root       text             not null,
    expiration date             not null,
    time       timestamptz      not null,
    spot       double precision not null,
    forward    double precision not null,
    years      double precision not null,
    points     jsonb            not null, -- [strike, right, log-moneyness, volatility, source] ...
    left_out   jsonb            not null, -- [strike, right, reason] ...
    incomplete boolean          not null,
    model      jsonb            not null,
    created_at timestamptz      not null default now(),
    primary key (root, expiration)
);

create view volatility_smile as
select root, expiration, time, spot, forward, years, (row->>0)::double precision as strike, row->>1 as option_type, (row->>2)::double precision as log_moneyness,
       (row->>3)::double precision as implied_volatility, row->>4 as volatility_source, incomplete, model, created_at
  from chain_smiles cross join lateral jsonb_array_elements(points) as row;

create view volatility_left_out as
select root, expiration, time, (row->>0)::double precision as strike, row->>1 as option_type, row->>2 as reason, incomplete, created_at
  from chain_smiles cross join lateral jsonb_array_elements(left_out) as row;
