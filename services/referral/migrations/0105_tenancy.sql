-- One program never sees another's rows.
select keep_programs_apart('facility');
select keep_programs_apart('referral');
select keep_programs_apart('referral_offer');
select keep_programs_apart('referral_event');
select keep_programs_apart('clinic_cursor');
