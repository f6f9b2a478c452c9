-- Ageing: a long wait moves a contact ahead of more urgent ones, up to acuity 3.

set lock_timeout = '5s';

-- Milliseconds of real time; 0: none, and so it was before.
alter table pool add column age_after_ms bigint not null default 0;
alter table pool add constraint pool_age_after check (age_after_ms >= 0);
