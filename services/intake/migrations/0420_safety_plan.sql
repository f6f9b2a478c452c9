-- Safety plans: what is written now, and every change that led to it.
set lock_timeout = '5s';

create table safety_plan (
    program_id      uuid    not null,
    participant_id  uuid    not null,
    -- Grows by one with each change; its row is locked for one.
    version         bigint  not null,
    -- Grows with each change and each signature: the position of those who watch.
    revision        bigint  not null,
    -- Entries, agreement and review, sealed together.
    content         bytea   not null,
    constraint safety_plan_key primary key (program_id, participant_id),
    constraint safety_plan_of_participant foreign key (program_id, participant_id)
        references participant (program_id, participant_id)
);
select keep_programs_apart('safety_plan');

create table safety_plan_version (
    program_id      uuid    not null,
    participant_id  uuid    not null,
    -- From 1, without gap.
    version         bigint  not null,
    -- Who changed what, when, sealed.
    change          bytea   not null,
    constraint safety_plan_version_key primary key (program_id, participant_id, version),
    constraint safety_plan_version_of_plan foreign key (program_id, participant_id)
        references safety_plan (program_id, participant_id)
);
select keep_programs_apart('safety_plan_version');
