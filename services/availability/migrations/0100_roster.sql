-- Who works on the line, and how fast a program wants to be answered.

create table counselor (
    program_id       uuid     not null,
    -- The subject of the counselor's access token.
    counselor_id     text     not null,
    name             text     not null,
    kind             text     not null,
    skills           text[]   not null,
    languages        text[]   not null,
    channels         text[]   not null,
    message_capacity smallint not null,
    -- A list of {type, jurisdiction, valid_from, valid_until}; read whole, never queried into.
    credentials      jsonb    not null,
    constraint counselor_key primary key (program_id, counselor_id),
    constraint counselor_capacity check (message_capacity between 1 and 8)
);

-- A program's own response times, in milliseconds of real time. A program without a row has the configured ones.
create table pool (
    program_id              uuid     not null,
    urgent_offer_timeout_ms bigint   not null,
    offer_timeout_ms        bigint   not null,
    widen_after_ms          bigint[] not null,
    page_after_ms           bigint   not null,
    backup_after_ms         bigint   not null,
    presence_grace_ms       bigint   not null,
    constraint pool_key primary key (program_id),
    -- There are three things to give up: skills, standing, language with credential.
    constraint pool_widen_steps check (cardinality(widen_after_ms) <= 3)
);

-- The supervisor on call. The sequence grows with each change, so that intake can tell an old message from a new one.
create table supervisor_on_call (
    program_id    uuid   not null,
    supervisor_id text   not null,
    name          text   not null,
    sequence      bigint not null,
    constraint supervisor_on_call_key primary key (program_id)
);
