-- Contacts that turned out to be one person's while both were open.
set lock_timeout = '5s';

alter table contact
    -- The others.
    add column linked_contact_ids uuid[] not null default '{}',
    -- When the contact joined the chain of one of them (origin_contact_id); null where its chain is as it was opened.
    add column joined_at timestamptz;
