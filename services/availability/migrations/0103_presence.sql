-- Who is on duty now, which replica says so, and which replica decides for a pool. All instants are real time.

-- A counselor on duty. The row is there from the first Attend stream to the end of the grace; none means offline.
create table presence (
    program_id      uuid        not null,
    counselor_id    text        not null,
    -- The Attend stream that counts; an older one of the same counselor ends.
    session_id      uuid        not null,
    -- The replica that holds the stream.
    replica_id      uuid        not null,
    -- When the stream broke; null while it is open.
    disconnected_at timestamptz,
    on_break        boolean     not null default false,
    leaving         boolean     not null default false,
    -- Offers in a row that ran out without an answer.
    silent_count    smallint    not null default 0,
    idle_since      timestamptz not null default now(),
    constraint presence_key primary key (program_id, counselor_id)
);

-- The replicas that hold Attend streams of a program. One that was killed cannot say that its streams broke: its
-- silence does.
create table replica (
    program_id uuid        not null,
    replica_id uuid        not null,
    seen_at    timestamptz not null default now(),
    constraint replica_key primary key (program_id, replica_id)
);
create index replica_beat on replica (replica_id);

-- The right to decide for a pool.
create table matcher_lease (
    program_id uuid        not null,
    holder     uuid        not null,
    -- Grows with each new holder: every write of a matcher checks it, so that a stale one writes nothing.
    fence      bigint      not null,
    -- Since when this holder has it: nobody is called silent for a time in which nobody listened.
    since      timestamptz not null,
    until      timestamptz not null,
    constraint matcher_lease_key primary key (program_id)
);
