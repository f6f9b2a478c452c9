-- A lowering of an acuity that waits for the second person is something to decide.

set lock_timeout = '5s';

alter table decision
    drop constraint decision_kind_known,
    add constraint decision_kind_known
        check (kind in ('broken_off', 'duties_open', 'not_reached', 'attempt_overdue', 'lowering'));
