-- What a supervisor decides because software may not. While one is open the supervisor on call owns the person.

set lock_timeout = '5s';

create table decision (
    program_id     uuid        not null,
    -- Ordered by time.
    decision_id    uuid        not null,
    -- The inbound contact, as in custody.
    contact_id     uuid        not null,
    kind           text        not null,
    -- Which of several of its kind: the contact, or the attempt.
    subject        text        not null,
    acuity         smallint    not null,
    -- The duties that the conversation left open; sealed.
    open_duties    bytea       not null,
    opened_at      timestamptz not null,
    -- When somebody was paged last; null before.
    paged_at       timestamptz,
    withdrawn_at   timestamptz,
    verdict        text,
    decided_by_id  text,
    decided_by_name text,
    decided_at     timestamptz,
    -- Sealed.
    reason         bytea,
    constraint decision_key primary key (program_id, decision_id),
    constraint decision_of_contact foreign key (program_id, contact_id) references contact (program_id, contact_id),
    -- Told twice, it is one decision.
    constraint decision_once unique (program_id, contact_id, kind, subject),
    constraint decision_kind_known check (kind in ('broken_off', 'duties_open', 'not_reached', 'attempt_overdue')),
    constraint decision_verdict_known check (verdict in ('follow_up', 'call_again', 'do_not_call')),
    constraint decision_acuity_known check (acuity between 1 and 5),
    -- A verdict is there in full or not at all.
    constraint decision_made_whole check (
        num_nulls(verdict, decided_by_id, decided_by_name, decided_at, reason) in (0, 5))
);

-- What is open of a contact, and what waits for a supervisor.
create index decision_open on decision (program_id, contact_id) where decided_at is null and withdrawn_at is null;
create index decision_to_make on decision (program_id, decision_id) where decided_at is null and withdrawn_at is null;

select keep_programs_apart('decision');
