-- The fatigue guard: what a counselor's day has been so far, found again by a matcher that reads its pool, and a
-- program's own rules about it.

set lock_timeout = '5s';

-- Real time. When the last break ended, or the counselor came on duty.
alter table presence add column rested_at timestamptz not null default now();

-- The day by then, carried along with each release, so that the newest one of a counselor tells all: contacts of acuity
-- 1 and 2 in a row that are over, and when the last of them ended (real time). Null of who was off duty by then.
alter table slot_release add column urgent_in_a_row smallint;
alter table slot_release add column urgent_ended_at timestamptz;

-- Null: the configured one.
alter table pool add column urgent_in_a_row smallint;
alter table pool add column recovery_ms bigint;
alter table pool add column longest_stretch_ms bigint;

-- How many of the eligible had enough for now: a preference, which rules nobody out.
alter table consideration add column fatigue integer not null default 0;
