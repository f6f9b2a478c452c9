-- What is known about people is sealed before it comes here (see 0020_sealing_key). In clear stay what contacts are listed,
-- routed and timed by.
--
-- SQL cannot seal what is here already: where there are rows this fails, and loses none.
select must_be_empty('participant');
select must_be_empty('contact');

alter table participant
    drop constraint participant_dedicated_number,
    drop column name,
    drop column dedicated_number,
    drop column verification_salt,
    drop column verification_hash,
    drop column goals,
    drop column challenges,
    drop column program_rules,
    drop column warning_signs,
    drop column own_coping,
    drop column people_and_places,
    drop column people_to_ask,
    drop column professionals,
    drop column safer_environment,
    -- Name, number, hash of the verification phrase, care brief and safety plan, sealed together.
    add column record bytea not null,
    -- HMAC-SHA256 with the program's look-up key.
    add column dedicated_number_hash bytea not null,
    -- A call from a number must mean one participant.
    add constraint participant_dedicated_number unique (program_id, dedicated_number_hash);

alter table contact
    drop column callback_number,
    drop column own_words,
    drop column signals,
    drop column self_screening,
    drop column reasons,
    drop column closing_duties,
    drop column completed_duties,
    drop column note,
    -- What the caller stated when it was opened, sealed together.
    add column stated bytea not null,
    -- The reasons of its acuity, the duties before it may close, and those done, sealed together.
    add column conclusion bytea not null,
    -- The counselor's closing note, sealed.
    add column note bytea;
