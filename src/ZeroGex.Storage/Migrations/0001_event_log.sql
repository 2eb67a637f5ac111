-- The event log, in the layout of Marten 9 with string stream identity and single tenancy: the same names, keys, columns and types.
-- One deliberate difference: Marten's default of "timestamp" is the moment the table was created; ours is now(). Writers always send it.
-- A log that Marten itself has made here is taken over as it is.

create table if not exists mt_streams (
    id          varchar                  not null,
    type        varchar                  null,
    version     bigint                   null,
    timestamp   timestamptz              not null default now(),
    created     timestamptz              not null default now(),
    tenant_id   varchar                  null default '*DEFAULT*',
    is_archived boolean                  null default false,
    constraint pkey_mt_streams_id primary key (id)
);

create table if not exists mt_events (
    seq_id         bigint       not null,
    id             uuid         not null,
    stream_id      varchar      null,
    version        bigint       not null,
    data           jsonb        not null,
    bdata          bytea        null,
    type           varchar(500) not null,
    timestamp      timestamptz  not null default now(),
    tenant_id      varchar      null default '*DEFAULT*',
    mt_dotnet_type varchar      null,
    is_archived    boolean      null default false,
    constraint pkey_mt_events_seq_id primary key (seq_id),
    constraint fkey_mt_events_stream_id foreign key (stream_id) references mt_streams (id) on delete cascade
);

create unique index if not exists pk_mt_events_stream_and_version on mt_events (stream_id, version);

do $$
begin
    if (select data_type from information_schema.columns
         where table_schema = current_schema() and table_name = 'mt_events' and column_name = 'stream_id') <> 'character varying' then
        raise exception 'This schema holds a Marten event store whose streams are not identified by strings: use another schema or database.';
    end if;
end $$;

-- Packed bodies are dense already: trying to compress them costs more than it saves.
alter table mt_events alter column bdata set storage external;

create sequence if not exists mt_events_sequence owned by mt_events.seq_id;

create table if not exists mt_event_progression (
    name         varchar     not null,
    last_seq_id  bigint      null,
    last_updated timestamptz null default transaction_timestamp(),
    constraint pk_mt_event_progression primary key (name)
);

-- Beside Marten's tables: the stamp of the last message recorded in each stream. It commits with the append, so a redelivery writes nothing.
create table stream_positions (
    stream_id varchar     not null primary key,
    run       bigint      not null,
    sequence  bigint      not null,
    as_of     timestamptz not null
);
