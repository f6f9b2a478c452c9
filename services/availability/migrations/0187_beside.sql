-- Transfers and conferences: tickets beside the one that answers a contact.

set lock_timeout = '5s';

alter table ticket
    add column kind             text not null default 'answer',
    -- Of the others: the ticket that answers the contact, who asked for somebody, whom, and why.
    add column of_ticket_id     uuid,
    add column asked_by         text,
    add column target           text,
    -- The one person who is asked, of target 'person'.
    add column target_person_id text,
    add column asked_for        text,
    add constraint ticket_kind check (kind in ('answer', 'warm_transfer', 'cold_transfer', 'conference')),
    add constraint ticket_beside check (
        case kind
            when 'answer' then num_nonnulls(of_ticket_id, asked_by, target, target_person_id, asked_for) = 0
            else num_nulls(of_ticket_id, asked_by, target, asked_for) = 0
                and (target = 'person') = (target_person_id is not null)
        end),
    -- The backup line takes callers, not the place of a second person.
    add constraint ticket_beside_stays check (kind = 'answer' or state <> 'handed_off');

-- One ticket that answers a contact, for ever, and any number beside it. Also finds all of them.
alter table ticket drop constraint ticket_contact;
create unique index ticket_contact on ticket
    (program_id, contact_id, (case kind when 'answer' then null else ticket_id end)) nulls not distinct;

-- One open transfer a contact.
create unique index ticket_one_transfer on ticket (program_id, contact_id)
    where kind in ('warm_transfer', 'cold_transfer') and state in ('queued', 'offered', 'assigned');
