-- An attempt that no counselor made is none: another takes its place, with the same latest time, which then may lie before
-- it.
alter table attempt
    drop constraint attempt_due,
    drop constraint attempt_state,
    add constraint attempt_state check
        (state in ('planned', 'underway', 'reached', 'not_reached', 'declined', 'not_made', 'stopped')),
    drop constraint attempt_ended,
    -- An end has its instant, and nothing else has.
    add constraint attempt_ended check
        ((ended_at is not null) = (state in ('reached', 'not_reached', 'declined', 'not_made', 'stopped')));
