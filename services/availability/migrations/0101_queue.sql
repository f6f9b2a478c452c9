-- The queue: tickets, every step they took, and the offers made for them.

create table ticket (
    program_id    uuid        not null,
    ticket_id     uuid        not null,
    contact_id    uuid        not null,
    state         text        not null,
    acuity        smallint    not null,
    channel       text        not null,
    at_least      text,
    language      text        not null,
    jurisdiction  text,
    skills        text[]      not null,
    preferred_counselor_id text,
    -- Real time, by the database's clock. The place in the queue: set once, never changed.
    queued_at     timestamptz not null default now(),
    -- Real time. When the present wait began; a ticket whose counselor was lost begins a new wait in its old place.
    waiting_since timestamptz not null default now(),
    -- How many requirements were given up in the present wait, and whether the supervisor was paged in it.
    widened       smallint    not null default 0,
    paged         boolean     not null default false,
    -- Who is asked or has it.
    counselor_id  text,
    -- The offer that holds slots for it: waiting for its answer, taken, or in wrap-up.
    offer_id      uuid,
    -- Grows with each accepted offer.
    assignment    integer     not null default 0,
    -- The number of its events: who changes a ticket must have read the newest.
    steps         integer     not null default 0,
    constraint ticket_key primary key (program_id, ticket_id),
    -- One ticket a contact, for ever: requesting a counselor again finds the first one's ticket.
    constraint ticket_contact unique (program_id, contact_id),
    constraint ticket_acuity check (acuity between 1 and 5),
    -- Who waits holds nobody, and who is asked or assigned holds somebody.
    constraint ticket_holds check (
        case state
            when 'queued' then offer_id is null
            when 'offered' then offer_id is not null
            when 'assigned' then offer_id is not null
            when 'released' then true
            else offer_id is null
        end
    )
);

-- What a matcher reads: few rows, however long the history.
create index ticket_open on ticket (program_id) where state in ('queued', 'offered', 'assigned') or offer_id is not null;
-- What a counselor has in hand.
create index ticket_in_hand on ticket (program_id, counselor_id) where offer_id is not null;

-- Append-only.
create table ticket_event (
    program_id   uuid        not null,
    ticket_id    uuid        not null,
    sequence     integer     not null,
    kind         text        not null,
    counselor_id text,
    acuity       smallint,
    -- Real time.
    at           timestamptz not null default clock_timestamp(),
    -- Two writers of the same step collide here.
    constraint ticket_event_key primary key (program_id, ticket_id, sequence),
    constraint ticket_event_ticket foreign key (program_id, ticket_id) references ticket
);

create table offer (
    program_id   uuid        not null,
    offer_id     uuid        not null,
    ticket_id    uuid        not null,
    counselor_id text        not null,
    state        text        not null,
    preferred    boolean     not null,
    -- The counselor's slots that it holds while it is open.
    slots        smallint[]  not null,
    -- Real time.
    expires_at   timestamptz not null,
    -- Set when it is accepted; the instant is on the domain's clock.
    assignment   integer,
    accepted_at  timestamptz,
    constraint offer_key primary key (program_id, offer_id),
    constraint offer_ticket foreign key (program_id, ticket_id) references ticket
);

-- A contact is never given to two counselors: one open offer or assignment a ticket. Also finds who was asked before.
create unique index offer_one_open on offer (program_id, ticket_id) where state in ('offered', 'accepted');
create index offer_of_ticket on offer (program_id, ticket_id);
