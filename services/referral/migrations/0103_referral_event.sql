-- The history of a referral, append-only; at the same time the list of changes that a clinic's stream reads.
create table referral_event (
    program_id     uuid        not null,
    referral_id    uuid        not null,
    -- From 1, without gaps.
    sequence       integer     not null,
    kind           text        not null,
    -- Null when nobody was left to ask.
    facility_id    uuid,
    decline_reason text,
    at             timestamptz not null,
    -- The clinic's cursor: the number that clinic_cursor gave this change.
    clinic_change  bigint,
    constraint referral_event_key primary key (program_id, referral_id, sequence),
    constraint referral_event_referral foreign key (program_id, referral_id)
        references referral (program_id, referral_id),
    constraint referral_event_kind_known check (
        kind in ('offered', 'claimed', 'accepted', 'declined', 'cancelled', 'unplaced', 'completed')
    ),
    -- Only a refusal has a reason, and it always has one.
    constraint referral_event_reason_when_declined check ((decline_reason is not null) = (kind = 'declined')),
    -- A change that concerns a clinic has its place in that clinic's order.
    constraint referral_event_change_when_concerned check ((clinic_change is not null) = (facility_id is not null)),
    -- No two changes share a place in a clinic's order.
    constraint referral_event_clinic_change unique (program_id, facility_id, clinic_change)
);
