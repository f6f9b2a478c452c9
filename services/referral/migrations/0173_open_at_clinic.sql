-- no-transaction
-- What is open at a clinic, its wait list included, in the order of its cursor.
create index concurrently referral_offer_open_at_clinic on referral_offer (program_id, facility_id, clinic_change)
    where state in ('offered', 'claimed', 'accepted', 'on_hold');
