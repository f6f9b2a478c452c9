-- Who is to be on duty when.

-- How a program keeps its roster. Days and times of day below are in this zone.
create table roster_rules (
    program_id            uuid    not null,
    -- A name of the IANA database.
    time_zone             text    not null,
    swaps_need_supervisor boolean not null,
    -- Whom the on-call ladder named last: it names again only when it has changed.
    ladder_named          text,
    constraint roster_rules_key primary key (program_id)
);

create table shift (
    program_id   uuid     not null,
    shift_id     uuid     not null,
    counselor_id text     not null,
    -- Place on the on-call ladder; null of a shift that answers contacts.
    rung         smallint,
    first_day    date     not null,
    last_day     date,
    -- The last day on which it can begin: what was over long ago is not read.
    ends_with    date,
    -- Minutes after midnight.
    starts       smallint not null,
    ends         smallint not null,
    -- A rule of RFC 5545; null of a single day.
    recurrence   text,
    -- On the domain's clock. Days that had not begun then are canceled.
    canceled_at  timestamptz,
    constraint shift_key primary key (program_id, shift_id),
    constraint shift_counselor foreign key (program_id, counselor_id) references counselor,
    constraint shift_rung check (rung between 1 and 9),
    constraint shift_hours check (starts between 0 and 1439 and ends between 0 and 1439),
    constraint shift_days check (last_day >= first_day)
);
create index shift_ahead on shift (program_id, ends_with);

-- What was changed of one day of a shift.
create table shift_day (
    program_id   uuid not null,
    shift_id     uuid not null,
    day          date not null,
    -- Who is on it; null when it is canceled.
    counselor_id text,
    constraint shift_day_key primary key (program_id, shift_id, day),
    constraint shift_day_shift foreign key (program_id, shift_id) references shift,
    constraint shift_day_counselor foreign key (program_id, counselor_id) references counselor
);
create index shift_day_by_day on shift_day (program_id, day);

create table shift_swap (
    program_id      uuid not null,
    swap_id         uuid not null,
    state           text not null,
    offered_by      text not null,
    given_shift_id  uuid not null,
    given_day       date not null,
    -- Null when anybody may take it.
    offered_to      text,
    -- What is wanted in exchange.
    return_shift_id uuid,
    return_day      date,
    accepted_by     text,
    constraint shift_swap_key primary key (program_id, swap_id),
    constraint shift_swap_given foreign key (program_id, given_shift_id) references shift,
    constraint shift_swap_return foreign key (program_id, return_shift_id) references shift,
    constraint shift_swap_whole_return check ((return_shift_id is null) = (return_day is null)),
    -- Who takes it is known exactly when it is taken; one that was taken may be closed.
    constraint shift_swap_taken check (
        case state when 'offered' then accepted_by is null when 'closed' then true else accepted_by is not null end
    )
);
create index shift_swap_open on shift_swap (program_id, swap_id) where state in ('offered', 'accepted');

select keep_programs_apart('roster_rules');
select keep_programs_apart('shift');
select keep_programs_apart('shift_day');
select keep_programs_apart('shift_swap');
