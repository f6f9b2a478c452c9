-- One reach-out, from the first ring to its end. What happened is in the state; how it got there is in domain/contact.rs.
create table contact (
    program_id          uuid        not null,
    -- Ordered by time, so that the key is also the order of a list.
    contact_id          uuid        not null,
    state               text        not null,
    direction           text        not null,
    channel             text        not null,
    caller              text        not null,
    participant_id      uuid,
    language            text        not null,
    jurisdiction        text,
    callback_number     text,
    own_words           text,
    signals             text[]      not null,
    -- The five answers of the ASQ, '' where there is none; null when none was given.
    self_screening      text[],

    -- The last assessment; without an id it is not triage's (provisional, or that of a follow-up).
    assessment_id       uuid,
    acuity              smallint    not null,
    reasons             text[]      not null,
    need_channel        text        not null,
    need_at_least       text,
    need_language       text        not null,
    need_jurisdiction   text,
    need_skills         text[]      not null,
    closing_duties      text[]      not null,
    protocol            text        not null,
    assessed_at         timestamptz not null,
    assessment_sequence bigint      not null,

    completed_duties    text[]      not null,
    counselor_id        text,
    counselor_name      text,
    -- The newest assignment known, lost or not: they may be told in any order.
    assignment          integer     not null,
    -- What the queue was last asked for; null until it was.
    requested_acuity    smallint,
    requested_sequence  bigint,
    outcome             text,
    note                text,
    hand_off_reason     text,
    hand_off_waited_ms  bigint,
    opened_at           timestamptz not null,
    answered_at         timestamptz,
    ended_at            timestamptz,
    origin_contact_id   uuid,
    follow_up_plan_id   uuid,
    follow_up_attempt   integer,
    revision            bigint      not null,

    constraint contact_key primary key (program_id, contact_id),
    constraint contact_of_program foreign key (program_id) references program (program_id),
    constraint contact_of_participant foreign key (program_id, participant_id)
        references participant (program_id, participant_id),
    constraint contact_of_origin foreign key (program_id, origin_contact_id)
        references contact (program_id, contact_id),
    constraint contact_acuity_known check (acuity between 1 and 5),
    -- Whoever is in a contact has a name.
    constraint contact_answered_by_somebody check (state <> 'answered' or counselor_id is not null),
    constraint contact_counselor_whole check ((counselor_id is null) = (counselor_name is null)),
    -- Ended is ended: the instant is there in an ended state and in no other.
    constraint contact_end_dated check ((state in ('closed', 'left', 'handed_off')) = (ended_at is not null)),
    constraint contact_outcome_when_closed check ((state = 'closed') = (outcome is not null)),
    constraint contact_outbound_has_origin check (
        (direction = 'outbound') = (origin_contact_id is not null)
        and (direction = 'outbound') = (follow_up_plan_id is not null)
        and (direction = 'outbound') = (follow_up_attempt is not null)),
    -- One outbound contact an attempt, however often it is asked for.
    constraint contact_follow_up_attempt unique (program_id, follow_up_plan_id, follow_up_attempt)
);
