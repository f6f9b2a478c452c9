-- How the presence of counselors changed, and where measures and boards begin to read. Engagements are not here: a
-- ticket's events tell them, and nothing is written twice.

set lock_timeout = '5s';

-- Append-only. What a counselor's presence was from an instant on, until their next row.
create table presence_event (
    program_id   uuid        not null,
    counselor_id text        not null,
    -- Real time.
    at           timestamptz not null default clock_timestamp(),
    -- Orders what happens in one instant.
    sequence     bigint      generated always as identity,
    state        text        not null,
    constraint presence_event_key primary key (program_id, counselor_id, at, sequence),
    constraint presence_event_state check (state in ('here', 'on_break', 'reconnecting', 'off_duty'))
);
select keep_programs_apart('presence_event');

-- Who is on duty when history begins.
insert into presence_event (program_id, counselor_id, state)
select program_id, counselor_id,
       case when disconnected_at is not null then 'reconnecting' when on_break then 'on_break' else 'here' end
from presence;

-- Finds the contacts, and the engagements, of a stretch of time. Two of a ticket's events are in it; the others are
-- found by their ticket.
create index ticket_event_begun on ticket_event (program_id, kind, at) where kind in ('queued', 'accepted');
