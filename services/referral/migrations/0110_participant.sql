-- Whose contact it is, as intake said when the referral was made; null for an unknown caller.
alter table referral add column participant_id uuid;
