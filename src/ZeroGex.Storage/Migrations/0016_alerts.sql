-- Alerts as they were raised and resolved. Two rows an alert, so that neither has to wait for the other, and a replay writes the same.
create table alerts (
    time       timestamptz      not null,
    root       text             not null,
    rule       text             not null,
    event      text             not null check (event in ('raised', 'resolved')),
    id         text             not null,
    session    date             not null,
    severity   text             not null check (severity in ('info', 'warning', 'critical')),
    metric     text             not null,
    operator   text             not null,
    scope      text             not null,
    value      double precision,
    threshold  double precision not null,
    level      double precision,
    spot       double precision,
    text       text             not null,
    incomplete boolean          not null,
    created_at timestamptz      not null default now(),
    primary key (time, root, rule, event)
);

create index alerts_root_time on alerts (root, time desc);
create index alerts_id on alerts (id);

create view alert_history as
select raised.id, raised.root, raised.rule, raised.session, raised.severity, raised.metric, raised.operator, raised.scope, raised.threshold,
       raised.time as raised_at, raised.value as raised_value, raised.level, raised.spot, raised.text,
       resolved.time as resolved_at, resolved.value as resolved_value, resolved.text as resolved_text, raised.incomplete
  from alerts raised left join alerts resolved on resolved.id = raised.id and resolved.event = 'resolved'
 where raised.event = 'raised';

-- What has been sent of them, and where: no result, and no replay touches it. One row for each alert, event and target; seq is the order in which they came.
create table alert_deliveries (
    id           text        not null,
    event        text        not null,
    target       text        not null, -- host and a hash of the address, which may hold a secret
    seq          bigint      generated always as identity,
    body         text        not null,
    state        text        not null check (state in ('pending', 'delivered', 'failed', 'skipped')),
    attempts     integer     not null default 0,
    next_at      timestamptz not null,
    last_error   text,
    created_at   timestamptz not null default now(),
    delivered_at timestamptz,
    primary key (id, event, target)
);

create index alert_deliveries_pending on alert_deliveries (next_at) where state = 'pending';
