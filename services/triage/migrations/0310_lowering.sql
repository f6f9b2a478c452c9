-- A lowering of a contact's acuity, from its judgment until somebody else has confirmed it or it has ended otherwise.
create table lowering (
    program_id      uuid        not null,
    lowering_id     uuid        not null,
    contact_id      uuid        not null,
    -- The level on record, and the one that it would become.
    from_acuity     smallint    not null,
    acuity          smallint    not null,
    -- Why, sealed.
    reason          bytea       not null,
    judged_by_id    text        not null,
    judged_at       timestamptz not null,
    expires_at      timestamptz not null,
    -- When it was confirmed, or something newer took its place.
    ended_at        timestamptz,
    -- Null unless it was confirmed.
    confirmed_by_id text,
    constraint lowering_key primary key (program_id, lowering_id),
    constraint lowering_lowers check (acuity > from_acuity and from_acuity >= 1 and acuity <= 5),
    constraint lowering_expires check (expires_at > judged_at),
    constraint lowering_confirmed check (confirmed_by_id is null or ended_at is not null),
    -- Nobody signs twice.
    constraint lowering_second_person check (confirmed_by_id <> judged_by_id)
);

-- One contact waits for one second person at a time.
create unique index lowering_open on lowering (program_id, contact_id) where ended_at is null;

select keep_programs_apart('lowering');
