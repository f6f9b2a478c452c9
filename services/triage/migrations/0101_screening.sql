-- One administration of the ASQ. The answers are health information and never leave triage.
create table screening (
    program_id         uuid        not null,
    screening_id       uuid        not null,
    contact_id         uuid        not null,
    -- 'counselor': asked by a counselor, complete. 'self': given in the front end, may be incomplete.
    administered       text        not null,
    -- The counselor's id; null for a self-screening.
    administered_by    text,
    wished_dead        text,
    better_off_dead    text,
    thoughts_past_week text,
    ever_tried         text,
    thoughts_now       text,
    -- Null when a self-screening gives no result.
    result             text,
    administered_at    timestamptz not null,
    constraint screening_key primary key (program_id, screening_id),
    constraint screening_administered check (
        (administered = 'self' and administered_by is null)
        or (administered = 'counselor' and administered_by is not null and result is not null
            and wished_dead is not null and better_off_dead is not null
            and thoughts_past_week is not null and ever_tried is not null)
    )
);

create index screening_of_contact on screening (program_id, contact_id, administered_at);
