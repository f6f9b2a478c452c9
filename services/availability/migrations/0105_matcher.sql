-- A matcher that keeps its pool in memory: what it must find again when it reads the pool, what other replicas ask of
-- it, and what its decisions were made from.

set lock_timeout = '5s';

-- Real time. The idle time of a counselor begins with the last release, without a row of theirs being changed for it.
alter table slot_release add column at timestamptz not null default now();

-- What a replica was asked that is not the pool's matcher. Deleted by the statement that does it.
create table matcher_post (
    program_id   uuid        not null,
    -- Derived from the call's own key: posting the same call twice is posting it once.
    post_id      uuid        not null,
    caller       text        not null,
    method       text        not null,
    request_id   uuid        not null,
    -- The person who calls, where the command is about who calls.
    person_id    text,
    -- The request as it came.
    body         bytea       not null,
    -- Real time: the order in which they are done.
    posted_at    timestamptz not null default clock_timestamp(),
    constraint matcher_post_key primary key (program_id, post_id)
);
select keep_programs_apart('matcher_post');
-- A replica looks for the pools that have work.
select open_across_programs('matcher_post', 'select');

-- Append-only: what one decision about a ticket was made from. Everybody on duty is counted once, under the first rule
-- that ruled them out, in the order of the columns.
create table consideration (
    program_id uuid     not null,
    ticket_id  uuid     not null,
    -- The number of the ticket's last event in the round that decided.
    step       integer  not null,
    on_duty    integer  not null,
    away       integer  not null,
    channel    integer  not null,
    standing   integer  not null,
    language   integer  not null,
    credential integer  not null,
    skill      integer  not null,
    declined   integer  not null,
    silent     integer  not null,
    busy       integer  not null,
    eligible   integer  not null,
    -- Some of the eligible; if there are none, some of the busy.
    named      text[]   not null,
    constraint consideration_key primary key (program_id, ticket_id, step)
);
select keep_programs_apart('consideration');

-- Events and offers are written by the statement that writes their ticket: a check of each row again costs more than
-- the row. The keys that keep a ticket and a slot from being given twice stay.
alter table ticket_event drop constraint ticket_event_ticket;
alter table offer drop constraint offer_ticket;
