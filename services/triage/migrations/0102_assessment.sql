-- What triage concluded about one contact, in order. Append-only: a conclusion is followed by another, never changed.
create table assessment (
    program_id       uuid        not null,
    contact_id       uuid        not null,
    -- From 1, by one.
    sequence         bigint      not null,
    assessment_id    uuid        not null,
    acuity           smallint    not null,
    reasons          text[]      not null,
    channel          text        not null,
    at_least         text,
    language         text        not null,
    jurisdiction     text,
    skills           text[]      not null,
    closing_duties   text[]      not null,
    protocol         text        not null,
    assessed_at      timestamptz not null,
    -- The judgment that made it, if one did: who, what they judged, why, and who signed with them.
    judged_by        text,
    judged_acuity    smallint,
    judgment_reason  text,
    second_person_id text,
    constraint assessment_key primary key (program_id, contact_id, sequence),
    constraint assessment_sequence check (sequence >= 1),
    constraint assessment_acuity check (acuity between 1 and 5),
    constraint assessment_judgment check ((judged_by is null) = (judged_acuity is null)),
    -- Nobody signs twice.
    constraint assessment_second_person check (second_person_id is null or second_person_id <> judged_by)
);

-- The database itself keeps what was concluded.
create function assessment_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'an assessment is never changed' using errcode = 'check_violation';
end
$$;

create trigger assessment_append_only before update or delete on assessment
    for each row execute function assessment_is_append_only();
