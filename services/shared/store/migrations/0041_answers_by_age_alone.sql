-- no-transaction
-- Takes the place of which: answered_request_by_age.
drop index concurrently answered_request_age;
