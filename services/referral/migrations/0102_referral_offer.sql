-- A referral as one clinic that was asked sees it: one row per referral and facility.
create table referral_offer (
    program_id    uuid        not null,
    referral_id   uuid        not null,
    facility_id   uuid        not null,
    state         text        not null,
    offered_at    timestamptz not null,
    claim_by      timestamptz not null,
    -- The referral's sequence at this row's last change.
    sequence      integer     not null,
    -- The clinic's cursor at this row's last change.
    clinic_change bigint      not null,
    -- Nobody is asked twice for the same referral.
    constraint referral_offer_key primary key (program_id, referral_id, facility_id),
    constraint referral_offer_referral foreign key (program_id, referral_id)
        references referral (program_id, referral_id),
    constraint referral_offer_facility foreign key (program_id, facility_id)
        references facility (program_id, facility_id),
    constraint referral_offer_state_known
        check (state in ('offered', 'claimed', 'accepted', 'declined', 'cancelled', 'completed'))
);

-- Never two clinics hold the same referral, and at most one accepts.
create unique index referral_offer_one_holder on referral_offer (program_id, referral_id)
    where state in ('offered', 'claimed', 'accepted', 'completed');

-- What is open at a clinic, in the order of its cursor.
create index referral_offer_open on referral_offer (program_id, facility_id, clinic_change)
    where state in ('offered', 'claimed', 'accepted');
