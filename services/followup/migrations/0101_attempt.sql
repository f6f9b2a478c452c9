-- One try to reach somebody for a plan.
create table attempt (
    program_id          uuid        not null,
    plan_id             uuid        not null,
    -- From 1.
    number              integer     not null,
    state               text        not null,
    -- Both on the domain's clock: when it is made, and the latest by the protocol.
    due_at              timestamptz not null,
    due_by              timestamptz not null,
    -- The contact that intake opened for it.
    outbound_contact_id uuid,
    ended_at            timestamptz,
    constraint attempt_key primary key (program_id, plan_id, number),
    constraint attempt_plan foreign key (program_id, plan_id) references follow_up_plan (program_id, plan_id),
    constraint attempt_number check (number >= 1),
    constraint attempt_due check (due_at <= due_by),
    constraint attempt_state check (state in ('planned', 'underway', 'reached', 'not_reached', 'declined')),
    -- An end has its instant, and nothing else has.
    constraint attempt_ended check ((ended_at is not null) = (state in ('reached', 'not_reached', 'declined')))
);

-- Nobody is called twice at once: a plan has one open attempt at most.
create unique index attempt_open on attempt (program_id, plan_id) where state in ('planned', 'underway');
