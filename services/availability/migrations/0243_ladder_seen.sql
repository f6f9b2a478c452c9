-- When the on-call ladder was looked at last, so that a change in between is known when it has come back to the same.

set lock_timeout = '5s';

-- The domain's clock; null: never.
alter table roster_rules add column ladder_seen_at timestamptz;
