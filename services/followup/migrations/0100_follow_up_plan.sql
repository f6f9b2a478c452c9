-- The obligation to reach somebody again after one contact.
create table follow_up_plan (
    program_id     uuid        not null,
    -- A version 7 UUID: its order is the order of making, which lists and their page tokens rely on.
    plan_id        uuid        not null,
    contact_id     uuid        not null,
    -- Null for an unknown caller.
    participant_id uuid,
    -- Only rises.
    acuity         smallint    not null,
    state          text        not null,
    closed_at      timestamptz not null,
    created_at     timestamptz not null,
    constraint follow_up_plan_key primary key (program_id, plan_id),
    -- One plan a contact, for ever: whoever comes second finds the first one's.
    constraint follow_up_plan_contact unique (program_id, contact_id),
    constraint follow_up_plan_acuity check (acuity between 1 and 5),
    constraint follow_up_plan_state check (state in ('open', 'reached', 'declined', 'not_reached', 'not_needed'))
);
