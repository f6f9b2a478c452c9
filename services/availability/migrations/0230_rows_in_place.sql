-- Tickets and offers change in place until they close. A new version of a row needs no entry in any index as long as it
-- has room on its page, and no column changes that an index has or that its condition names. The conditions named the
-- states: now they name columns made from them, which change only when the row closes.
--
-- Both tables are rewritten under their locks, and matchers wait for it. A replica from before this asks for the states
-- still: until it is replaced it reads a pool, a board or a roster without an index.

set lock_timeout = '5s';

drop index ticket_open, ticket_in_hand, ticket_one_transfer, offer_one_open;

alter table ticket
    -- Waits or holds slots. Read with the states, where those are asked for: the index is found by this column alone.
    add column is_open boolean not null
        generated always as (state in ('queued', 'offered', 'assigned') or offer_id is not null) stored,
    -- The contact, of an open transfer; null of all else.
    add column open_transfer uuid
        generated always as (case when kind in ('warm_transfer', 'cold_transfer')
                                   and state in ('queued', 'offered', 'assigned') then contact_id end) stored;
-- What a matcher reads, and what a counselor has in hand: few rows, however long the history.
-- Who waits and is asked is entered anew.
create index ticket_open on ticket (program_id, counselor_id) where is_open;
-- One open transfer a contact.
create unique index ticket_one_transfer on ticket (program_id, open_transfer) where open_transfer is not null;

alter table offer
    -- Waits for its answer, or was accepted.
    add column is_open boolean not null generated always as (state in ('offered', 'accepted')) stored;
-- A contact is never given to two counselors: one open offer or assignment a ticket.
create unique index offer_one_open on offer (program_id, ticket_id) where is_open;

-- A page that is full of rows has no room for their next versions. Set after the tables were rewritten: rows that are
-- closed stay packed.
alter table ticket set (fillfactor = 70);
alter table offer set (fillfactor = 70);
