-- While nothing of a contact is open its interval is nobody's, so that the ledger has no gap when something opens again.

set lock_timeout = '5s';

alter table custody
    -- Owns because of being on call, not by name: the next supervisor on call takes over.
    add column on_duty boolean not null default false;
update custody set on_duty = true where role in ('supervisor_on_call', 'clinical_director');

-- Chains that had ended are nobody's since then.
insert into custody (program_id, contact_id, sequence, previous_sequence, role, owner_id, owner_name, since)
select program_id, contact_id, sequence + 1, sequence, 'nobody', '', '', until
from (select distinct on (program_id, contact_id) * from custody order by program_id, contact_id, sequence desc) as last
where until is not null;
-- Their foreign keys are deferred, and a table with checks to come cannot be altered.
set constraints all immediate;

alter table custody
    add constraint custody_nobody_has_no_name check ((role = 'nobody') = (owner_id = ''));

drop index custody_open_by_role;
-- Finds whom a new supervisor on call takes over.
create index custody_open_on_duty on custody (program_id) where until is null and on_duty;
