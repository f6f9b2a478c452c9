-- What a program asks of its roster, and which holes operations were told of.

create table coverage_requirement (
    program_id      uuid     not null,
    requirement_id  uuid     not null,
    at_least        integer  not null,
    counselor_kind  text,
    language        text,
    credential_type text,
    jurisdiction    text,
    skills          text[]   not null,
    channel         text,
    -- The local days on which the window begins; none means every day.
    days            text[]   not null,
    -- Minutes after midnight, in the zone of the roster rules.
    starts          smallint not null,
    ends            smallint not null,
    constraint coverage_requirement_key primary key (program_id, requirement_id),
    constraint coverage_requirement_at_least check (at_least between 1 and 1000),
    constraint coverage_requirement_hours check (starts between 0 and 1439 and ends between 0 and 1439)
);

-- Rows of holes that are over stay, as they were when last seen.
create table coverage_announcement (
    program_id     uuid        not null,
    requirement_id uuid        not null,
    -- On the domain's clock, all three.
    starts_at      timestamptz not null,
    ends_at        timestamptz not null,
    announced_at   timestamptz not null,
    planned        integer     not null,
    -- A hole is announced once.
    constraint coverage_announcement_key primary key (program_id, requirement_id, starts_at),
    constraint coverage_announcement_requirement foreign key (program_id, requirement_id)
        references coverage_requirement on delete cascade
);
create index coverage_announcement_ahead on coverage_announcement (program_id, ends_at);

select keep_programs_apart('coverage_requirement');
select keep_programs_apart('coverage_announcement');
