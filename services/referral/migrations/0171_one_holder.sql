-- no-transaction
-- Never two clinics hold the same referral, one of them with the person on its wait list.
create unique index concurrently referral_offer_single_holder on referral_offer (program_id, referral_id)
    where state in ('offered', 'claimed', 'accepted', 'on_hold', 'completed');
