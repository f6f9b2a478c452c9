-- Which credentials were announced that are about to end, each once for as long as it says that it is valid.
-- No type, jurisdiction or number: the counselor's row has them.

set lock_timeout = '5s';

create table credential_announcement (
    program_id      uuid        not null,
    -- Derived from what is announced, so that it is announced once; what is sent has this id.
    announcement_id uuid        not null,
    counselor_id    text        not null,
    -- On the domain's clock, as the two below.
    ends_at         timestamptz not null,
    -- The shift that it does not last for; null of one that is announced because it ends soon.
    shift_id        uuid,
    shift_starts_at timestamptz,
    announced_at    timestamptz not null,
    constraint credential_announcement_key primary key (program_id, announcement_id),
    constraint credential_announcement_counselor foreign key (program_id, counselor_id) references counselor,
    constraint credential_announcement_shift foreign key (program_id, shift_id) references shift,
    constraint credential_announcement_of_shift check ((shift_id is null) = (shift_starts_at is null))
);

select keep_programs_apart('credential_announcement');
