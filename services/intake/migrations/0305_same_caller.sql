-- A caller who was there before (P5): hanging up and calling again lowers nothing, and makes no second contact.

set lock_timeout = '5s';

alter table program
    -- How long after the end of a contact a caller who is back goes on with it.
    add column same_caller_within_seconds integer not null default 1800,
    add constraint program_same_caller_within check (same_caller_within_seconds between 60 and 86400);

alter table contact
    -- The verified caller: participant, or holder of an access token (domain/returning.rs). Null for all others, and for
    -- contacts from before this was kept.
    add column verified_caller      text,
    -- HMAC-SHA256 with the program's look-up key. Null without a number, and for calls that we make.
    add column callback_number_hash bytea,
    -- What an earlier contact of the same caller carries over to this one.
    add column carried_acuity       smallint,
    add column waited_before_ms     bigint      not null default 0,
    add column known_counselor_id   text,
    -- How often the caller has opened it, when last, and by which ways; of older contacts once, at its opening.
    add column openings             integer     not null default 1,
    add column last_opened_at       timestamptz,
    add column channels             text[]      not null default '{}',
    add constraint contact_carried_acuity_known check (carried_acuity between 1 and 5),
    add constraint contact_waited_before_positive check (waited_before_ms >= 0),
    -- An inbound contact may go on with another.
    drop constraint contact_outbound_has_origin,
    add constraint contact_outbound_has_origin check (
        (direction = 'outbound') <= (origin_contact_id is not null)
        and (direction = 'outbound') = (follow_up_plan_id is not null)
        and (direction = 'outbound') = (follow_up_attempt is not null));

-- A verified caller has one inbound contact at most that is open, however many requests come at once.
create unique index contact_open_of_caller on contact (program_id, verified_caller)
    where direction = 'inbound' and ended_at is null;
create index contact_ended_of_caller on contact (program_id, verified_caller, ended_at) where verified_caller is not null;
create index contact_callback_number on contact (program_id, callback_number_hash) where callback_number_hash is not null;

-- What a caller stated when reaching out again in a contact that was open.
create table statement (
    program_id uuid        not null,
    contact_id uuid        not null,
    -- From 2: the first is the contact's own.
    number     integer     not null,
    channel    text        not null,
    -- Sealed.
    stated     bytea       not null,
    stated_at  timestamptz not null,
    -- When triage was told; null while it is to be.
    told_at    timestamptz,
    constraint statement_key primary key (program_id, contact_id, number),
    constraint statement_of_contact foreign key (program_id, contact_id) references contact (program_id, contact_id),
    constraint statement_is_another check (number > 1)
);
create index statement_untold on statement (program_id, contact_id) where told_at is null;

select keep_programs_apart('statement');

-- Followup is told when a caller is back: nobody calls, until the contact in which they are ends.
alter table follow_up_request
    drop constraint follow_up_request_kind_known,
    add constraint follow_up_request_kind_known check (kind in ('plan', 'call_again', 'stop', 'caller_back')),
    drop constraint follow_up_request_numbered,
    add constraint follow_up_request_numbered check ((number is null) = (kind in ('stop', 'caller_back')));
