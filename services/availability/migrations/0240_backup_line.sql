-- The backup line is offered, and a ticket is handed off only when it is known to have the caller. A matcher from before
-- this hands off what it should offer: it is replaced before intake confirms hand-offs.

set lock_timeout = '5s';

alter table ticket
    -- A call that we make: behind inbound tickets of the same acuity, and never offered the backup line.
    add column outbound       boolean not null default false,
    -- Whether the caller was offered the backup line in the present wait.
    add column backup_offered boolean not null default false,
    -- Whether the caller left while a counselor has the contact: it does not wait again when that counselor is lost.
    add column caller_left    boolean not null default false;
