-- What this service still owes. A duty commits with the state that causes it and is deleted when it is done.
create table duty (
    program_id   uuid        not null,
    duty_id      uuid        not null,
    kind         text        not null,
    -- What it is about: an id, or an id and a number. The work reads the state; nothing else is kept here.
    subject      text        not null,
    -- On the domain's clock.
    due_at       timestamptz not null,
    -- On real time: not before, after a failure.
    retry_at     timestamptz not null default now(),
    attempt      integer     not null default 0,
    -- Grows when the duty is owed again while it is being worked on: then it is not done yet.
    generation   integer     not null default 0,
    -- On real time: who works on it, until when. After a crash another replica takes it when this has passed.
    lease_until  timestamptz,
    lease_holder uuid,
    -- Set when it failed too often for a reason that time does not heal. Somebody must look.
    parked_at    timestamptz,
    last_reason  text,
    traceparent  text,
    constraint duty_key primary key (program_id, duty_id),
    -- Owing the same thing twice is owing it once.
    constraint duty_subject unique (program_id, kind, subject)
);

-- Finds what is due; parked duties are not looked at.
create index duty_due on duty (due_at) where parked_at is null;
