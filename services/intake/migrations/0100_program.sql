-- One IOP: one tenant. The row is also the lock (for share) under which a contact learns who is on duty.
create table program (
    program_id             uuid   not null,
    name                   text   not null,
    -- The owner of last resort: custody has a name even when availability is down.
    clinical_director_id   text   not null,
    clinical_director_name text   not null,
    backup_line            text   not null,
    -- Null until availability names somebody.
    supervisor_id          text,
    supervisor_name        text,
    -- Of the newest word from availability; an older one changes nothing.
    supervisor_sequence    bigint not null default 0,
    constraint program_key primary key (program_id),
    -- A supervisor has an id and a name, or there is none.
    constraint program_supervisor_whole check ((supervisor_id is null) = (supervisor_name is null))
);
