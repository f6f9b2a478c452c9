-- Who is enrolled, and what a counselor must know before the first word.
create table participant (
    program_id                  uuid        not null,
    participant_id              uuid        not null,
    name                        text        not null,
    dedicated_number            text        not null,
    -- SHA-256 of salt and phrase; the phrase itself is never stored.
    verification_salt           bytea       not null,
    verification_hash           bytea       not null,
    language                    text        not null,
    jurisdiction                text,
    responsible_clinician_id    text        not null,
    responsible_clinician_name  text        not null,
    goals                       text[]      not null,
    challenges                  text[]      not null,
    program_rules               text[]      not null,
    -- The safety plan, step by step.
    warning_signs               text[]      not null,
    own_coping                  text[]      not null,
    people_and_places           text[]      not null,
    people_to_ask               text[]      not null,
    professionals               text[]      not null,
    safer_environment           text[]      not null,
    updated_at                  timestamptz not null,
    constraint participant_key primary key (program_id, participant_id),
    constraint participant_of_program foreign key (program_id) references program (program_id),
    -- A call from a number must mean one participant.
    constraint participant_dedicated_number unique (program_id, dedicated_number)
);
