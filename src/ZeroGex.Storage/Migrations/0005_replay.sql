-- Replays of the log: what was asked, how far it came, and what it found. The results themselves are in a schema of each run's own.
create table replay_runs (
    name       text        not null primary key,
    status     text        not null check (status in ('running', 'interrupted', 'failed', 'done')),
    question   jsonb       not null,
    manifest   jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- One row for each root and session that a run has finished: a run that is taken up again goes on with the others.
create table replay_units (
    run     text  not null references replay_runs (name) on delete cascade,
    root    text  not null,
    session date  not null,
    outcome jsonb not null,
    primary key (run, root, session)
);
