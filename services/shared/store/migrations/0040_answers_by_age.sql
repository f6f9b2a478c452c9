-- no-transaction
-- Answers come in the order of their age, and are purged by it: a summary of each stretch of the table finds them, and
-- costs an answer nothing where an entry in an index costs every call some of its time.
create index concurrently answered_request_by_age on answered_request using brin (answered_at);
