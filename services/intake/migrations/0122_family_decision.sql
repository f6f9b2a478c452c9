-- What was decided about telling somebody's family, and why; never what was said.
create table family_decision (
    program_id        uuid        not null,
    -- Ordered by time.
    decision_id       uuid        not null,
    contact_id        uuid        not null,
    -- Null when the program knows of nobody whom they asked about.
    participant_id    uuid,
    -- Who asked, by name; sealed.
    asker             bytea       not null,
    relationship      text        not null,
    is_verified       boolean     not null,
    represents        boolean     not null,
    participant_state text        not null,
    preference        text        not null,
    threat            text        not null,
    in_best_interest  boolean     not null,
    asked_classes     text[]      not null,
    outcome           text        not null,
    extent            text        not null,
    shared_classes    text[]      not null,
    basis             text        not null,
    duties            text[]      not null,
    consent_id        uuid,
    decided_by_id     text        not null,
    decided_by_name   text        not null,
    decided_at        timestamptz not null,
    constraint family_decision_key primary key (program_id, decision_id),
    constraint family_decision_of_contact foreign key (program_id, contact_id)
        references contact (program_id, contact_id),
    constraint family_decision_of_participant foreign key (program_id, participant_id)
        references participant (program_id, participant_id),
    constraint family_decision_by_consent foreign key (program_id, consent_id)
        references consent (program_id, consent_id),
    -- Something is shared, or nothing is.
    constraint family_decision_shares_classes check (
        (outcome in ('share', 'emergency_share')) = (cardinality(shared_classes) > 0)),
    -- In an emergency something is owed besides.
    constraint family_decision_emergency_has_duties check (outcome <> 'emergency_share' or cardinality(duties) > 0)
);

create index family_decision_contact on family_decision (program_id, contact_id, decision_id);

select keep_programs_apart('family_decision');
