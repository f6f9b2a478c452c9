-- What somebody is to a participant, and to a contact that is followed up, is asked often.
create index contact_participant on contact (program_id, participant_id) where participant_id is not null;
create index contact_origin on contact (program_id, origin_contact_id) where origin_contact_id is not null;
