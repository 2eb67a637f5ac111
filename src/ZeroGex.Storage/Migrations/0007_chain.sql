-- Results of whole chains. One result is one row, its ladders JSON beside the model that made them, written at most once a second; the tables that people
-- ask for are views that unfold them. A row for each strike would repeat the model a hundredfold and fill a disk in days.
create table chain_gex (
    time        timestamptz      not null,
    root        text             not null,
    scope       text             not null check (scope in ('all', '0dte', 'weekly', 'monthly')),
    weight      text             not null check (weight in ('open_interest', 'volume')),
    spot        double precision not null,
    regime      integer          not null check (regime between -1 and 1),
    flip        double precision,
    crossings   jsonb            not null,
    max_gamma   double precision,
    call_wall   double precision,
    put_wall    double precision,
    gamma_call  double precision not null,
    gamma_put   double precision not null,
    gamma_net   double precision not null,
    gamma_gross double precision not null,
    delta_call  double precision not null,
    delta_put   double precision not null,
    delta_net   double precision not null,
    delta_gross double precision not null,
    vanna_call  double precision not null,
    vanna_put   double precision not null,
    vanna_net   double precision not null,
    vanna_gross double precision not null,
    charm_call  double precision not null,
    charm_put   double precision not null,
    charm_net   double precision not null,
    charm_gross double precision not null,
    strikes     jsonb            not null, -- [strike, call, put, net, gross] ...
    expirations jsonb            not null, -- [expiration, forward, call, put, net, gross] ...
    profile     jsonb            not null, -- [spot, net] ...
    incomplete  boolean          not null,
    model       jsonb            not null,
    created_at  timestamptz      not null default now(),
    primary key (time, root, scope, weight)
);

-- The levels of hours are read from the index alone.
create index chain_gex_root_time on chain_gex (root, scope, weight, time desc) include (spot, gamma_net, flip, call_wall, put_wall, max_gamma, regime);

create view gex_levels as
select time, root, scope, weight, spot, regime, flip, crossings, max_gamma, call_wall, put_wall,
       gamma_call, gamma_put, gamma_net, gamma_gross, delta_call, delta_put, delta_net, delta_gross,
       vanna_call, vanna_put, vanna_net, vanna_gross, charm_call, charm_put, charm_net, charm_gross, incomplete, model, created_at
  from chain_gex;

create view gex_by_strike as
select time, root, scope, weight, spot, (rung->>0)::double precision as strike,
       (rung->>1)::double precision as call, (rung->>2)::double precision as put, (rung->>3)::double precision as net, (rung->>4)::double precision as gross,
       incomplete, model, created_at
  from chain_gex cross join lateral jsonb_array_elements(strikes) as rung;

create view gex_by_expiration as
select time, root, scope, weight, spot, (rung->>0)::date as expiration, (rung->>1)::double precision as forward,
       (rung->>2)::double precision as call, (rung->>3)::double precision as put, (rung->>4)::double precision as net, (rung->>5)::double precision as gross,
       incomplete, model, created_at
  from chain_gex cross join lateral jsonb_array_elements(expirations) as rung;

create view gex_profile as
select time, root, scope, weight, spot, (point->>0)::double precision as at_spot, (point->>1)::double precision as net, incomplete, model, created_at
  from chain_gex cross join lateral jsonb_array_elements(profile) as point;

-- The legacy name: by strike, all expirations, open interest.
create view gex_calculations as
select time as timestamp, root as underlying, spot, strike, call as call_gex, put as put_gex, net as net_gex, gross as total_gex, incomplete, model, created_at
  from gex_by_strike
 where scope = 'all' and weight = 'open_interest';

create table chain_max_pain (
    time       timestamptz not null,
    root       text        not null,
    spot       double precision,
    -- [expiration, strike, dollars, call and put open interest, call and put volume, put/call ratio by open interest, by volume] ...; pooled: expiration null
    figures    jsonb       not null,
    incomplete boolean     not null,
    model      jsonb       not null,
    created_at timestamptz not null default now(),
    primary key (time, root)
);

create index chain_max_pain_root_time on chain_max_pain (root, time desc);

create view max_pain as
select time, root, spot, (row->>0)::date as expiration, row->>0 is null as pooled, (row->>1)::double precision as strike, (row->>2)::double precision as dollars,
       (row->>3)::bigint as call_open_interest, (row->>4)::bigint as put_open_interest, (row->>5)::bigint as call_volume, (row->>6)::bigint as put_volume,
       (row->>7)::double precision as put_call_open_interest, (row->>8)::double precision as put_call_volume, incomplete, model, created_at
  from chain_max_pain cross join lateral jsonb_array_elements(figures) as row;

-- The newest greeks of each expiration; an older result never replaces a newer one.
create table chain_greeks (
    root       text             not null,
    expiration date             not null,
    time       timestamptz      not null,
    spot       double precision not null,
    forward    double precision not null,
    years      double precision not null,
    -- [strike, right, bid, ask, last, volume, open interest, volatility, source, reason, delta, gamma, theta, vega, rho, vanna, charm, vomma] ...
    contracts  jsonb            not null,
    incomplete boolean          not null,
    model      jsonb            not null,
    created_at timestamptz      not null default now(),
    primary key (root, expiration)
);

create view greeks_latest as
select root, expiration, (row->>0)::double precision as strike, row->>1 as option_type, time, spot, forward, years,
       (row->>2)::double precision as bid, (row->>3)::double precision as ask, (row->>4)::double precision as last,
       (row->>5)::bigint as volume, (row->>6)::bigint as open_interest,
       (row->>7)::double precision as implied_volatility, row->>8 as volatility_source, row->>9 as reason,
       (row->>10)::double precision as delta, (row->>11)::double precision as gamma, (row->>12)::double precision as theta,
       (row->>13)::double precision as vega, (row->>14)::double precision as rho, (row->>15)::double precision as vanna,
       (row->>16)::double precision as charm, (row->>17)::double precision as vomma, incomplete, model, created_at
  from chain_greeks cross join lateral jsonb_array_elements(contracts) as row;
