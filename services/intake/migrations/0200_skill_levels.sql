-- How well a skill that a contact needs must be mastered.

set lock_timeout = '5s';

-- An object from a skill's name to 'proficient' or 'expert'. A skill of `need_skills` that it does not hold is asked for
-- at whatever level: so it was before there were levels, and so a replica that knows none writes it.
alter table contact add column need_skill_levels jsonb not null default '{}';
