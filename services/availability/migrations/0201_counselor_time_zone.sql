-- Where a counselor's own clock hangs.

set lock_timeout = '5s';

-- A name of the IANA time zone database; null: that of the program's roster rules.
alter table counselor add column time_zone text;
