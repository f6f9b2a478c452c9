-- Who said when that a program is no longer under 42 CFR Part 2, and why.

set lock_timeout = '5s';

create table part2_ended (
    program_id    uuid        not null,
    ended_at      timestamptz not null,
    ended_by_id   text        not null,
    ended_by_name text        not null,
    -- Sealed.
    reason        bytea       not null,
    constraint part2_ended_key primary key (program_id, ended_at)
);

select keep_programs_apart('part2_ended');
revoke update, delete, truncate on part2_ended from harborline_serving;
