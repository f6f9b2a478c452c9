-- One program never sees another's rows.
select keep_programs_apart('counselor');
select keep_programs_apart('pool');
select keep_programs_apart('supervisor_on_call');
select keep_programs_apart('ticket');
select keep_programs_apart('ticket_event');
select keep_programs_apart('offer');
select keep_programs_apart('slot_hold');
select keep_programs_apart('slot_release');
select keep_programs_apart('presence');
select keep_programs_apart('replica');
select keep_programs_apart('matcher_lease');

-- A replica looks for the pools that have work, and says for all of them at once that it is there.
select open_across_programs('ticket', 'select');
select open_across_programs('presence', 'select');
select open_across_programs('replica', 'all');
