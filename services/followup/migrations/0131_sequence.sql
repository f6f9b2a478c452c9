-- The newest PlanFollowUpsRequest.sequence that was seen. Only rises: what is not newer came late and changes nothing. Intake
-- is told the end together with it, and so knows what the end answers. 0 for plans from before intake counted.
alter table follow_up_plan
    add column newest_sequence bigint not null default 0,
    add constraint follow_up_plan_sequence check (newest_sequence >= 0);
