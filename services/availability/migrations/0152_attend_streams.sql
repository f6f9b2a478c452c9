-- Several devices of one person: an Attend stream is a row of its own, and the presence is there while any is open.

set lock_timeout = '5s';

-- The open Attend streams of the counselors on duty. A row goes when its stream is known to have broken, and with the
-- presence at last.
create table attend_stream (
    program_id   uuid        not null,
    counselor_id text        not null,
    session_id   uuid        not null,
    -- The replica that holds the stream: while it is silent, the stream counts as broken.
    replica_id   uuid        not null,
    -- Real time.
    opened_at    timestamptz not null default now(),
    constraint attend_stream_key primary key (program_id, counselor_id, session_id)
);

insert into attend_stream (program_id, counselor_id, session_id, replica_id)
select program_id, counselor_id, session_id, replica_id from presence where disconnected_at is null;

select keep_programs_apart('attend_stream');

alter table presence drop column replica_id;
comment on column presence.session_id is 'The stream that was opened last: a presence is ended only by who knows of it';
comment on column presence.disconnected_at is 'When the last open stream broke; null while one is open';
