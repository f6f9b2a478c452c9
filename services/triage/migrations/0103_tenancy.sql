-- One program never sees another's rows.
select keep_programs_apart('contact_facts');
select keep_programs_apart('screening');
select keep_programs_apart('assessment');
