-- Who has joined a contact without having it: a conference, or a warm transfer before it is complete. Custody is
-- elsewhere; whoever is in here sees the contact.

set lock_timeout = '5s';

create table joined (
    program_id uuid    not null,
    contact_id uuid    not null,
    -- Availability's ticket by which somebody is in the contact.
    ticket_id  uuid    not null,
    -- The newest change known: they may be told in any order.
    sequence   integer not null,
    -- Null when nobody is in the contact by this ticket any more.
    person_id  text,
    constraint joined_key primary key (program_id, contact_id, ticket_id),
    constraint joined_contact foreign key (program_id, contact_id) references contact (program_id, contact_id)
);

-- Finds the contacts that somebody is in.
create index joined_person on joined (program_id, person_id) where person_id is not null;

select keep_programs_apart('joined');
