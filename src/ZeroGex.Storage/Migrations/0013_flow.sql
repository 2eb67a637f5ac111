-- Flow from prints: who bought and who sold. One result is one row, its ladders JSON beside the model that made them; views unfold them.
create table flow_minutes (
    root                   text             not null,
    timestamp              timestamptz      not null, -- The minute's first instant.
    spot                   double precision not null,
    prints                 bigint           not null,
    call_contracts         bigint           not null,
    call_bought            bigint           not null,
    call_sold              bigint           not null,
    put_contracts          bigint           not null,
    put_bought             bigint           not null,
    put_sold               bigint           not null,
    call_premium           double precision not null,
    call_premium_bought    double precision not null,
    call_premium_sold      double precision not null,
    put_premium            double precision not null,
    put_premium_bought     double precision not null,
    put_premium_sold       double precision not null,
    net_contracts          bigint           not null,
    net_premium            double precision not null,
    directional_premium    double precision not null,
    put_call_contracts     double precision,
    put_call_premium       double precision,
    tempo_calls_bought     double precision not null,
    tempo_calls_sold       double precision not null,
    tempo_puts_bought      double precision not null,
    tempo_puts_sold        double precision not null,
    pressure_minute        timestamptz,
    buying_pressure        double precision,
    pressure_signal        text,
    buying_pressure_change double precision,
    -- [strike or expiration, of calls: prints, contracts, bought, sold, premium, premium bought, premium sold, of puts the same] ...
    strikes                jsonb            not null,
    expirations            jsonb            not null,
    incomplete             boolean          not null,
    model                  jsonb            not null,
    created_at             timestamptz      not null default now(),
    primary key (root, timestamp)
);

create view flow_minutes_by_strike as
select root, timestamp, spot, (rung->>0)::double precision as strike,
       (rung->>1)::bigint as call_prints, (rung->>2)::bigint as call_contracts, (rung->>3)::bigint as call_bought, (rung->>4)::bigint as call_sold,
       (rung->>5)::double precision as call_premium, (rung->>6)::double precision as call_premium_bought, (rung->>7)::double precision as call_premium_sold,
       (rung->>8)::bigint as put_prints, (rung->>9)::bigint as put_contracts, (rung->>10)::bigint as put_bought, (rung->>11)::bigint as put_sold,
       (rung->>12)::double precision as put_premium, (rung->>13)::double precision as put_premium_bought, (rung->>14)::double precision as put_premium_sold,
       incomplete, model, created_at
  from flow_minutes cross join lateral jsonb_array_elements(strikes) as rung;

create view flow_minutes_by_expiration as
select root, timestamp, spot, (rung->>0)::date as expiration,
       (rung->>1)::bigint as call_prints, (rung->>2)::bigint as call_contracts, (rung->>3)::bigint as call_bought, (rung->>4)::bigint as call_sold,
       (rung->>5)::double precision as call_premium, (rung->>6)::double precision as call_premium_bought, (rung->>7)::double precision as call_premium_sold,
       (rung->>8)::bigint as put_prints, (rung->>9)::bigint as put_contracts, (rung->>10)::bigint as put_bought, (rung->>11)::bigint as put_sold,
       (rung->>12)::double precision as put_premium, (rung->>13)::double precision as put_premium_bought, (rung->>14)::double precision as put_premium_sold,
       incomplete, model, created_at
  from flow_minutes cross join lateral jsonb_array_elements(expirations) as rung;

create table flow_seconds (
    root                text             not null,
    time                timestamptz      not null, -- The window's end.
    spot                double precision not null,
    prints              bigint           not null,
    call_contracts      bigint           not null,
    call_bought         bigint           not null,
    call_sold           bigint           not null,
    put_contracts       bigint           not null,
    put_bought          bigint           not null,
    put_sold            bigint           not null,
    call_premium        double precision not null,
    put_premium         double precision not null,
    directional_premium double precision not null,
    tempo_calls_bought  double precision not null,
    tempo_calls_sold    double precision not null,
    tempo_puts_bought   double precision not null,
    tempo_puts_sold     double precision not null,
    top_score           integer,
    incomplete          boolean          not null,
    model               jsonb            not null,
    created_at          timestamptz      not null default now(),
    primary key (root, time)
);

create table flow_smart_money (
    root               text             not null,
    timestamp          timestamptz      not null,
    expiration         date             not null,
    strike             double precision not null,
    option_type        text             not null check (option_type in ('C', 'P')),
    contracts          bigint           not null,
    bought             bigint           not null,
    sold               bigint           not null,
    premium            double precision not null,
    implied_volatility double precision,
    delta              double precision,
    days_to_expiry     integer          not null,
    volume_score       integer          not null,
    premium_score      integer          not null,
    volatility_score   integer          not null,
    delta_score        integer          not null,
    expiry_score       integer          not null,
    score              integer          not null,
    incomplete         boolean          not null,
    created_at         timestamptz      not null default now(),
    primary key (root, timestamp, expiration, strike, option_type)
);

-- Flow over the minutes of options, rolled up by type and expiration: what flow_by_type and flow_by_expiration sum. Whoever writes rows of option_chains marks the
-- buckets that they change (a row's own, and those of the contract's next rows in the session that may count from it), and the end of the statement makes these again from the
-- rows. Hypertables refuse triggers with transition tables and take these, so that it is one way for both. The functions name no schema, as those of the other roll-ups.
create table option_chains_buckets (
    underlying     text        not null,
    timestamp      timestamptz not null,
    expiration     date        not null,
    option_type    text        not null,
    is_stale       boolean     not null default true,
    days_to_expiry integer,
    traded         bigint, -- Contracts with a change of volume; the counts below are of those of them that have the figure.
    contracts      bigint,
    notional       numeric,
    volatility_sum numeric,
    volatilities   bigint,
    delta_sum      numeric,
    deltas         bigint,
    gamma_sum      numeric,
    gammas         bigint,
    theta_sum      numeric,
    thetas         bigint,
    vega_sum       numeric,
    vegas          bigint,
    primary key (underlying, timestamp, expiration, option_type),
    unique (is_stale, underlying, timestamp, expiration, option_type)
);

create function begin_option_buckets() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.option_chains_buckets', 0)); -- A writer that waits sees what the other wrote.
    return null;
end $$;

-- A new row that repeats the volume before it, as nearly all do, changes no sum: whatever it now stands before counts the same from it.
create function mark_option_buckets() returns trigger language plpgsql as $$
declare
    written record;
    session record;
    touched record;
    before  bigint;
begin
    if tg_op = 'UPDATE' then
        if (old.option_symbol, old.timestamp, old.underlying, old.expiration, old.option_type, old.last, old.volume, old.implied_volatility, old.delta, old.gamma, old.theta, old.vega)
           is not distinct from
           (new.option_symbol, new.timestamp, new.underlying, new.expiration, new.option_type, new.last, new.volume, new.implied_volatility, new.delta, new.gamma, new.theta, new.vega)
        then return null; end if;
    end if;

    for side in 1..2 loop
        continue when side = 1 and tg_op = 'INSERT' or side = 2 and tg_op = 'DELETE';
        if side = 1 then written := old; else written := new; end if;
        select (day - case extract(isodow from day) when 1 then 3 else 1 end + time '20:00') at time zone 'America/New_York' as start, (day + time '20:00') at time zone 'America/New_York' as until
          into session
          from (select date + case extract(isodow from date) when 6 then 2 when 7 then 1 else 0 end as day
                  from (select ((written.timestamp at time zone 'America/New_York') + interval '4 hours')::date as date offset 0) as evening offset 0) as own;

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

create function roll_up_option_chains() returns trigger language plpgsql as $$
begin
    insert into option_chains_buckets
    select bucket.underlying, bucket.timestamp, bucket.expiration, bucket.option_type, false, min(bucket.expiration - own.session),
           count(*), sum(delta_of.volume), sum(delta_of.volume * quote.last * 100),
           sum(quote.implied_volatility), count(quote.implied_volatility), sum(quote.delta), count(quote.delta), sum(quote.gamma), count(quote.gamma),
           sum(quote.theta), count(quote.theta), sum(quote.vega), count(quote.vega)
      from option_chains_buckets as bucket
      join option_chains as quote using (underlying, timestamp, expiration, option_type)
     cross join lateral (
           select session, (session - case extract(isodow from session) when 1 then 3 else 1 end + time '20:00') at time zone 'America/New_York' as start
             from (select date + case extract(isodow from date) when 6 then 2 when 7 then 1 else 0 end as session
                     from (select ((bucket.timestamp at time zone 'America/New_York') + interval '4 hours')::date as date offset 0) as evening offset 0) as day
           offset 0) as own
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
           vega_sum = excluded.vega_sum, vegas = excluded.vegas;
    delete from option_chains_buckets where is_stale; -- Nothing traded.
    return null;
end $$;

-- Rows that were here before.
insert into option_chains_buckets
select underlying, timestamp, expiration, option_type, false, min(expiration - session), count(*), sum(volume_delta), sum(volume_delta * last * 100),
       sum(implied_volatility), count(implied_volatility), sum(delta), count(delta), sum(gamma), count(gamma), sum(theta), count(theta), sum(vega), count(vega)
  from option_chains_with_deltas
 where volume_delta > 0
 group by underlying, timestamp, expiration, option_type;

create trigger roll_up_begin before insert or update or delete on option_chains for each statement execute function begin_option_buckets();
create trigger roll_up_mark after insert or update or delete on option_chains for each row execute function mark_option_buckets();
create trigger roll_up_written after insert or update or delete on option_chains for each statement execute function roll_up_option_chains();

-- The same names, columns, types and answers as before.
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
       sum(days_to_expiry * traded) / sum(traded) as days_to_expiry
  from option_chains_buckets
 where not is_stale
 group by timestamp, underlying;

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
       min(days_to_expiry) as days_to_expiry
  from option_chains_buckets
 where not is_stale
 group by timestamp, underlying, expiration;
