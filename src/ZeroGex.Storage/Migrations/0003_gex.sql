-- The legacy table, column for column; time is the window's end. created_at is when the row was calculated.
-- One that is here already, from before this program, is taken over with its rows.
create table if not exists inferred_gexray3 (
    time          timestamptz      not null,
    msg_type      text             not null default 'inferred_gex',
    ticker        text             not null,
    expiration    text             not null,
    spot          double precision,
    zero_gamma    double precision,
    major_pos_vol double precision,
    major_neg_vol double precision,
    sum_gex_vol   double precision,
    minor_pos_vol double precision,
    minor_neg_vol double precision,
    trades        jsonb,
    strikes       jsonb,
    trade_count   integer,
    total_volume  integer,
    created_at    timestamptz      not null default now(),
    primary key (time, ticker, expiration)
);

alter table inferred_gexray3 add column if not exists created_at timestamptz not null default now();

create index if not exists inferred_gexray3_ticker_time on inferred_gexray3 (ticker, time desc);
create index if not exists inferred_gexray3_ticker_expiration_time on inferred_gexray3 (ticker, expiration, time desc);

-- Traded gamma in its measures side by side, each row with the model that made it. time is the window's end.
create table traded_gex (
    time            timestamptz      not null,
    root            text             not null,
    expiration      date             not null,
    measure         text             not null
        check (measure in ('naive_window', 'naive_day', 'dealer_signed_window', 'dealer_signed_day')),
    spot            double precision not null,
    sum             double precision not null,
    zero_gamma      double precision,
    major_positive  double precision,
    major_negative  double precision,
    minor_positive  double precision,
    minor_negative  double precision,
    strikes         jsonb            not null,
    aggressor_share double precision not null,
    trade_count     integer          not null,
    volume          bigint           not null,
    incomplete      boolean          not null,
    model           jsonb            not null,
    created_at      timestamptz      not null default now(),
    primary key (time, root, expiration, measure)
);

create index traded_gex_root_expiration_measure_time on traded_gex (root, expiration, measure, time desc);
