-- The caller may be back before anybody called.
set lock_timeout = '5s';
alter table follow_up_plan
    drop constraint follow_up_plan_state,
    add constraint follow_up_plan_state check
        (state in ('open', 'reached', 'declined', 'not_reached', 'not_needed', 'stopped', 'returned'));
