-- Who opened a contact with an access token of their own: a participant or a family member, who may follow it and no other.
-- Null when a front end opened it for somebody, and for an outbound contact.
alter table contact add column opened_by text;
