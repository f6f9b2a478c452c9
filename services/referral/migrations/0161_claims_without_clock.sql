-- A claim from before there was a clock gets one: a day from now on, which is as long as any claim holds by default.
do $$
declare
    due timestamptz := now() + interval '1 day';
begin
    update referral_offer set accept_by = due where state = 'claimed' and accept_by is null;
    update referral set accept_by = due where state = 'claimed' and accept_by is null;
    insert into duty (program_id, duty_id, kind, subject, due_at)
    select program_id, gen_random_uuid(), 'accept-by', referral_id || '/' || facility_id, accept_by
    from referral_offer where state = 'claimed'
    on conflict on constraint duty_subject do nothing;
end
$$;
