-- Columns that later releases of Marten 9 have: 9.29 did without, 9.58 has them. A store that is opened with them finds both tables as
-- it wants them, and need not lock them for an "alter table" while a recorder writes. The log itself neither reads nor writes these.

alter table mt_streams add column if not exists compacted_version bigint not null default 0;

alter table mt_event_progression
    add column if not exists mode                       varchar      null default 'none',
    add column if not exists rebuild_threshold          integer      null default 0,
    add column if not exists assigned_node              integer      null default 0,
    add column if not exists heartbeat                  timestamptz  null,
    add column if not exists agent_status               varchar(20)  null,
    add column if not exists pause_reason               text         null,
    add column if not exists running_on_node            integer      null,
    add column if not exists warning_behind_threshold   bigint       null,
    add column if not exists critical_behind_threshold  bigint       null,
    add column if not exists failure_category           varchar(50)  null,
    add column if not exists failure_event_sequence     bigint       null,
    add column if not exists failure_event_type         varchar(500) null,
    add column if not exists failure_event_tenant_id    varchar(500) null;
