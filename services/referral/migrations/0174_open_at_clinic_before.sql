-- no-transaction
-- Its successor knows the wait list as well.
drop index concurrently referral_offer_open;
