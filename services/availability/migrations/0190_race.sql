-- Races: an emergency is offered to several counselors at once, each by a ticket beside the contact's own.
-- Replicas from before this cannot read such a ticket: they are rolled out with dispatch.emergency_offers = 1, and it is
-- raised once all of them are.

set lock_timeout = '5s';

alter table ticket
    drop constraint ticket_kind,
    drop constraint ticket_beside,
    drop constraint ticket_beside_stays,
    add constraint ticket_kind check (kind in ('answer', 'warm_transfer', 'cold_transfer', 'conference', 'race')),
    -- Nobody asks for a race: the matcher makes it.
    add constraint ticket_beside check (
        case kind
            when 'answer' then num_nonnulls(of_ticket_id, asked_by, target, target_person_id, asked_for) = 0
            when 'race' then of_ticket_id is not null and target = 'skilled'
                and num_nonnulls(asked_by, target_person_id, asked_for) = 0
            else num_nulls(of_ticket_id, asked_by, target, asked_for) = 0
                and (target = 'person') = (target_person_id is not null)
        end),
    -- The backup line takes callers, not the place of a second person. A race is over with its offer: it does not wait,
    -- nobody is assigned by it, and only emergencies have any.
    add constraint ticket_beside_stays check (
        case kind
            when 'answer' then true
            when 'race' then acuity = 1 and state in ('offered', 'withdrawn')
            else state <> 'handed_off'
        end);

-- Null: the configured one.
alter table pool add column emergency_offers smallint
    constraint pool_emergency_offers check (emergency_offers between 1 and 8);
