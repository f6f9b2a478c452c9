-- Participants as people: where each stands in the program, where each was last known to be, and what each is found by.
set lock_timeout = '5s';

alter table participant
    add column status text not null default 'active',
    -- Since when; null for one who was enrolled before there was a status.
    add column status_since timestamptz,
    add column enrolled_at timestamptz,
    add column revision bigint not null default 1,
    -- Where the person was last known to be, sealed, and who said so when.
    add column whereabouts bytea,
    add constraint participant_status check (status in ('active', 'on_leave', 'discharged', 'deceased'));

-- What a participant is found by: keyed hashes of each number, of each word of the name, of the birth date.
create table participant_look_up (
    program_id      uuid    not null,
    -- HMAC-SHA256 with the program's look-up key, another one for each kind of value.
    hash            bytea   not null,
    participant_id  uuid    not null,
    constraint participant_look_up_key primary key (program_id, hash, participant_id),
    constraint participant_look_up_of_participant foreign key (program_id, participant_id)
        references participant (program_id, participant_id)
);
-- For the change of what one participant is found by.
create index participant_look_up_of on participant_look_up (program_id, participant_id);
select keep_programs_apart('participant_look_up');
