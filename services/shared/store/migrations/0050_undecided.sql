-- A call that nobody could decide about is on record as what it was, not as a denial.

set lock_timeout = '5s';

alter table access_record
    drop constraint access_record_act,
    add constraint access_record_act check (
        act in ('read', 'write', 'deny', 'disclose', 'break_glass', 'undecided'));
