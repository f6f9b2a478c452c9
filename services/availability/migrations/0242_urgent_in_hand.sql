-- Counselors who have a contact of acuity 1 or 2 in hand are asked for nothing else while anybody else is eligible.

set lock_timeout = '5s';

-- Of the eligible: how many had such a contact in hand. 0 of what was decided before.
alter table consideration add column urgent_in_hand integer not null default 0;
