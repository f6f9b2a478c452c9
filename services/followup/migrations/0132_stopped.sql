-- A supervisor may decide that nobody calls.
alter table attempt
    drop constraint attempt_state,
    add constraint attempt_state check
        (state in ('planned', 'underway', 'reached', 'not_reached', 'declined', 'stopped')),
    drop constraint attempt_ended,
    -- An end has its instant, and nothing else has.
    add constraint attempt_ended check
        ((ended_at is not null) = (state in ('reached', 'not_reached', 'declined', 'stopped')));
alter table follow_up_plan
    drop constraint follow_up_plan_state,
    add constraint follow_up_plan_state check
        (state in ('open', 'reached', 'declined', 'not_reached', 'not_needed', 'stopped'));
