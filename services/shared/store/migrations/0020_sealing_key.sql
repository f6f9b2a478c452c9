-- Health information is sealed before it comes here, and its keys lie here wrapped: by the program's key-encryption key,
-- which is not in the database. Without that key nothing that the program stored can be read, here or in a backup.

create table sealing_key (
    program_id uuid        not null,
    -- 'data' seals values. 'look_up' makes the hashes that equality is asked by; it has one version for ever.
    purpose    text        not null,
    -- From 1, without gaps.
    version    integer     not null,
    -- As the key provider reads it.
    wrapped    bytea       not null,
    -- Which of the provider's keys has wrapped it, for operators.
    wrapped_by text        not null,
    -- On real time: from when on it seals. Before, it only opens, so that every replica knows it when the first uses it.
    begins_at  timestamptz not null default now(),
    created_at timestamptz not null default now(),
    -- Replicas that make a program's first keys at once end with one of each.
    constraint sealing_key_key primary key (program_id, purpose, version),
    constraint sealing_key_purpose check (purpose in ('data', 'look_up')),
    constraint sealing_key_version check (version >= 1 and (purpose = 'data' or version = 1))
);

select keep_programs_apart('sealing_key');
-- A service keeps the keys of all its programs ready.
select open_across_programs('sealing_key', 'all');

-- For migrations that replace columns in clear by sealed ones: SQL cannot seal, so rows that are there must not be lost
-- in silence. Fails when there are any.
create function must_be_empty(rows_of regclass) returns void language plpgsql as $$
declare
    found boolean;
begin
    execute format('select exists (select from %s)', rows_of) into found;
    if found then
        raise exception 'table % has rows that this migration cannot seal: move them out first', rows_of;
    end if;
end
$$;

-- The answer is sealed from now on, and the request's hash is keyed: a plain one of a telephone number can be guessed.
select must_be_empty('answered_request');
comment on column answered_request.request_hash is 'HMAC-SHA256 of the request with the program''s look-up key';
comment on column answered_request.answer is 'sealed';
