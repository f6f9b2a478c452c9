-- Who the caller of a contact turned out to be, and the tries to be recognized by a phrase.
set lock_timeout = '5s';

create table identification (
    program_id       uuid        not null,
    contact_id       uuid        not null,
    -- From 1, without gap: the last one holds.
    sequence         int         not null,
    participant_id   uuid        not null,
    caller           text        not null,
    basis            text        not null,
    identified_by_id   text      not null,
    identified_by_name text      not null,
    identified_at    timestamptz not null,
    constraint identification_key primary key (program_id, contact_id, sequence),
    constraint identification_of_contact foreign key (program_id, contact_id) references contact (program_id, contact_id),
    constraint identification_of_participant foreign key (program_id, participant_id)
        references participant (program_id, participant_id)
);
select keep_programs_apart('identification');

create table verification_try (
    program_id      uuid        not null,
    contact_id      uuid        not null,
    -- From 1, without gap.
    number          int         not null,
    -- Whose phrase it was compared with; null where nobody was named, or nobody's.
    participant_id  uuid,
    is_right        boolean     not null,
    tried_at        timestamptz not null,
    constraint verification_try_key primary key (program_id, contact_id, number),
    constraint verification_try_of_contact foreign key (program_id, contact_id) references contact (program_id, contact_id)
);
-- For the tries with one participant's phrase within a time.
create index verification_try_of_participant on verification_try (program_id, participant_id, tried_at);
select keep_programs_apart('verification_try');
