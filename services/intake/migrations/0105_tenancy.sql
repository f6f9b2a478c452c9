-- One program never sees another's rows.
select keep_programs_apart('program');
select keep_programs_apart('participant');
select keep_programs_apart('contact');
select keep_programs_apart('custody');
select keep_programs_apart('accepted_referral');
