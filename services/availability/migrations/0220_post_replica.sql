-- Who posted, so that one hint tells a replica that answers are there for it. None: posted by a replica of before, which
-- looks for its answers by itself.

set lock_timeout = '5s';

alter table matcher_post add column replica_id uuid;
