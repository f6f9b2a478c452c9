-- Family members and other support persons of participants.
set lock_timeout = '5s';

create table support_person (
    program_id         uuid        not null,
    support_person_id  uuid        not null,
    participant_id     uuid        not null,
    -- What is known of the person, sealed.
    record             bytea       not null,
    -- HMAC-SHA256 of the access token's subject with the program's look-up key; null where there is none.
    person_hash        bytea,
    revision           bigint      not null,
    added_at           timestamptz not null,
    updated_at         timestamptz not null,
    -- Since when the person supports the participant no more; they are not found then.
    ended_at           timestamptz,
    constraint support_person_key primary key (program_id, support_person_id),
    constraint support_person_of_participant foreign key (program_id, participant_id)
        references participant (program_id, participant_id)
);
create index support_person_of on support_person (program_id, participant_id, support_person_id);
-- For the holder of an access token.
create index support_person_by_token on support_person (program_id, person_hash) where ended_at is null;
select keep_programs_apart('support_person');

-- What a support person is found by, as participants are (participant_look_up).
create table support_person_look_up (
    program_id         uuid   not null,
    hash               bytea  not null,
    support_person_id  uuid   not null,
    constraint support_person_look_up_key primary key (program_id, hash, support_person_id),
    constraint support_person_look_up_of_person foreign key (program_id, support_person_id)
        references support_person (program_id, support_person_id)
);
create index support_person_look_up_of on support_person_look_up (program_id, support_person_id);
select keep_programs_apart('support_person_look_up');

-- The support person who calls, or whose phrase was compared; null for the participant, and for a family member who is
-- nobody on record.
alter table identification add column support_person_id uuid;
alter table verification_try add column support_person_id uuid;
