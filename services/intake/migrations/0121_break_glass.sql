-- Emergency access to one participant's record: taken by one person, narrow, short, and reviewed by another.
create table break_glass (
    program_id     uuid        not null,
    -- Ordered by time.
    break_glass_id uuid        not null,
    participant_id uuid        not null,
    data_classes   text[]      not null,
    reason         text        not null,
    taken_by_id    text        not null,
    taken_by_name  text        not null,
    taken_at       timestamptz not null,
    expires_at     timestamptz not null,
    -- Null unless it was ended before its time.
    ended_at       timestamptz,
    -- Why, in words for the reviewer; sealed.
    explanation    bytea       not null,
    -- The facility that is told outside, and the four fields of 42 CFR 2.51, sealed. Null when nobody outside is told.
    facility_id    uuid,
    emergency      bytea,
    reviewer_id    text,
    reviewer_name  text,
    reviewed_at    timestamptz,
    finding        text,
    -- Sealed.
    review_note    bytea,
    constraint break_glass_key primary key (program_id, break_glass_id),
    constraint break_glass_of_participant foreign key (program_id, participant_id)
        references participant (program_id, participant_id),
    -- Never longer than an hour, whatever asks for it.
    constraint break_glass_at_most_an_hour check (
        expires_at > taken_at and expires_at <= taken_at + interval '60 minutes'),
    constraint break_glass_ends_in_its_time check (ended_at >= taken_at and ended_at <= expires_at),
    constraint break_glass_says_what check (cardinality(data_classes) > 0),
    -- What is kept apart from the record is not for emergencies.
    constraint break_glass_of_what_can_be_seen check (
        data_classes <@ array['general_phi', 'part2_sud', 'operational']),
    constraint break_glass_reason_known check (
        reason in ('medical_emergency', 'serious_threat', 'counselor_unreachable')),
    -- A medical emergency has its record; who only takes over for somebody tells nobody outside.
    constraint break_glass_emergency_by_reason check (
        case reason when 'medical_emergency' then emergency is not null
                    when 'counselor_unreachable' then emergency is null else true end),
    constraint break_glass_emergency_whole check ((emergency is null) = (facility_id is null)),
    constraint break_glass_finding_known check (finding in ('justified', 'not_justified')),
    -- A review is there in full or not at all.
    constraint break_glass_review_whole check (
        num_nulls(reviewer_id, reviewer_name, reviewed_at, finding, review_note) in (0, 5)),
    -- Nobody reviews themselves.
    constraint break_glass_reviewer_is_another check (reviewer_id <> taken_by_id)
);

-- What is open for somebody, and for whom.
create index break_glass_participant on break_glass (program_id, participant_id, expires_at);
-- What is still to be reviewed.
create index break_glass_unreviewed on break_glass (program_id, break_glass_id) where reviewed_at is null;

select keep_programs_apart('break_glass');
