-- Program rules: what a program wants done and not done on the line, in versions.
set lock_timeout = '5s';

create table program_rule (
    program_id      uuid    not null,
    rule_id         uuid    not null,
    -- Whose rule it is; null: the program's.
    participant_id  uuid,
    -- HMAC-SHA256 of the key with the program's look-up key: a key may tell something of the participant.
    key_hash        bytea   not null,
    -- The newest version.
    version         bigint  not null,
    is_in_force     boolean not null,
    -- Whether it asks for more than to be read: duties before a contact closes, a second counselor.
    has_effects     boolean not null,
    constraint program_rule_key primary key (program_id, rule_id),
    constraint program_rule_of_participant foreign key (program_id, participant_id)
        references participant (program_id, participant_id),
    constraint program_rule_once unique nulls not distinct (program_id, participant_id, key_hash)
);
select keep_programs_apart('program_rule');

create table program_rule_version (
    program_id   uuid        not null,
    rule_id      uuid        not null,
    -- From 1, without gap.
    version      bigint      not null,
    -- Key and rule, sealed.
    record       bytea       not null,
    is_in_force  boolean     not null,
    put_by_id    text        not null,
    put_by_name  text        not null,
    put_at       timestamptz not null,
    constraint program_rule_version_key primary key (program_id, rule_id, version),
    constraint program_rule_version_of_rule foreign key (program_id, rule_id)
        references program_rule (program_id, rule_id)
);
select keep_programs_apart('program_rule_version');

-- When the participant harmed themselves last, as somebody has noted; sealed.
alter table participant add column last_self_harm bytea;
