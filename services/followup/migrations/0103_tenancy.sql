-- One program never sees another's rows.
select keep_programs_apart('follow_up_plan');
select keep_programs_apart('attempt');
select keep_programs_apart('session_digest');
select keep_programs_apart('digest_entry');
