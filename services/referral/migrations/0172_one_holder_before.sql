-- no-transaction
-- Its successor counts the wait list as well.
drop index concurrently referral_offer_one_holder;
