-- A wrap-up that the counselor ended before the end of the conversation was known here.

set lock_timeout = '5s';

-- Whether the slots are free with the release of the present counselor.
alter table ticket add column finishes_early boolean not null default false;
