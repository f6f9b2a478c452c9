-- How well a skill is mastered, or must be.

set lock_timeout = '5s';

-- Objects from a skill's name to 'proficient' or 'expert'. A skill of the row that one does not hold is basic: so it was
-- before there were levels, and so a replica that knows none writes it. By name, so that such a replica's new list of
-- skills does not move a level to another skill.
alter table counselor add column skill_levels jsonb not null default '{}';
alter table coverage_requirement add column skill_levels jsonb not null default '{}';
alter table ticket add column skill_levels jsonb not null default '{}';
