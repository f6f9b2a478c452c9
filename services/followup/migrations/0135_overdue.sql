-- Once for each latest time of an attempt, a supervisor is told that it was not made by then.
alter table follow_up_plan
    -- When that was told of the open attempt. Null: it was not.
    add column overdue_told_at timestamptz;

-- Of an attempt, how it ended; of a decision about an attempt that was not made in time, where it stood.
alter table digest_entry
    drop constraint digest_entry_attempt,
    add constraint digest_entry_attempt check
        (case kind when 'attempt' then attempt_state is not null when 'contact' then attempt_state is null else true end);

-- The duty "overdue" of the attempts that are open already.
insert into duty (program_id, duty_id, kind, subject, due_at)
select program_id, gen_random_uuid(), 'overdue', plan_id::text, due_by
from attempt where state in ('planned', 'underway')
on conflict on constraint duty_subject do nothing;
