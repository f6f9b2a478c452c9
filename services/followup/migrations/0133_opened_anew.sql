-- An ended plan may open anew, with a fresh count of attempts and times that count from then.
alter table follow_up_plan
    -- From when the latest time of the first attempt is counted. Null: from closed_at.
    add column opened_at timestamptz,
    -- The number of the first attempt that is counted.
    add column counted_from integer not null default 1,
    add constraint follow_up_plan_counted_from check (counted_from >= 1);
