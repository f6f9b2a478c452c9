-- A hand-off is confirmed, not assumed: the caller is offered the backup line, and keeps place and owner until there.

set lock_timeout = '5s';

alter table contact
    add column backup_offered_at timestamptz,
    -- The caller left after a counselor had answered.
    add column caller_left_at    timestamptz,
    drop column hand_off_reason;
alter table contact rename column hand_off_waited_ms to backup_offered_after_ms;

alter table program
    -- For people who write, or cannot speak; null where there is none.
    add column backup_text_line text;
