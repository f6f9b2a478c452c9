-- Whether the program is under 42 CFR Part 2: then all that tells who is in care there is protected so.
alter table program add column part2_program boolean not null default false;

-- Consents of participants to disclosures (42 CFR 2.31). None is ever changed but by its revocation, and none is removed.
create table consent (
    program_id            uuid        not null,
    -- The reference that travels with what is disclosed. Ordered by time.
    consent_id            uuid        not null,
    participant_id        uuid        not null,
    data_classes          text[]      not null,
    purposes              text[]      not null,
    -- Disclosers, description and recipients, sealed: names and health information.
    terms                 bytea       not null,
    expires_at            timestamptz not null,
    signed_how            text        not null,
    signed_at             timestamptz not null,
    revocation_right_told boolean     not null,
    redisclosure_told     boolean     not null,
    recorded_by_id        text        not null,
    recorded_by_name      text        not null,
    recorded_at           timestamptz not null,
    -- Null while it is not revoked; the first revocation counts.
    revoked_at            timestamptz,
    revoked_by_id         text,
    constraint consent_key primary key (program_id, consent_id),
    constraint consent_of_participant foreign key (program_id, participant_id)
        references participant (program_id, participant_id),
    -- What 2.31 wants and a column can say; harborline-disclosure says the rest.
    constraint consent_says_what_and_why check (cardinality(data_classes) > 0 and cardinality(purposes) > 0),
    constraint consent_right_to_revoke_told check (revocation_right_told),
    constraint consent_expires_after_it_is_signed check (expires_at > signed_at),
    -- Substance use counseling notes need a consent of their own.
    constraint consent_notes_alone check (
        not ('sud_counseling_note' = any (data_classes)) or cardinality(data_classes) = 1),
    -- These cannot be consented to.
    constraint consent_of_what_can_be_told check (
        not (data_classes && array['psychotherapy_note', 'family_confidence'])),
    constraint consent_revocation_whole check ((revoked_at is null) = (revoked_by_id is null))
);

-- All of a participant, oldest first: what every decision about a disclosure reads.
create index consent_participant on consent (program_id, participant_id, consent_id);

select keep_programs_apart('consent');
