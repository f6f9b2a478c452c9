-- Indexes beside a table's key begin with what they are for. As long as Postgres takes a program's rows for few, in a table
-- that is young, it cannot tell an index that begins with the program from the key, and reads all of the program's rows
-- to find one.

set lock_timeout = '5s';

drop index ticket_contact, offer_of_ticket;
-- One ticket that answers a contact, for ever, and any number beside it. Also finds all of them.
create unique index ticket_contact on ticket
    (contact_id, program_id, (case kind when 'answer' then null else ticket_id end)) nulls not distinct;
create index offer_of_ticket on offer (ticket_id, program_id);
