-- How far a consumer has written its tables, per stream. It commits with the rows.
create table consumer_progress (
    consumer   text        not null,
    stream_id  text        not null,
    run        bigint      not null,
    sequence   bigint      not null,
    updated_at timestamptz not null default now(),
    primary key (consumer, stream_id)
);
