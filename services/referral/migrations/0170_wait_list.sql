-- A clinic may put a person on its wait list: state 'on_hold'.
set local lock_timeout = '2s';

alter table referral
    drop constraint referral_state_known,
    add constraint referral_state_known
        check (state in ('offered', 'claimed', 'accepted', 'on_hold', 'unplaced', 'cancelled', 'completed')),
    drop constraint referral_owner_when_accepted,
    -- Whoever accepted, or has the person on the wait list, is named, and nobody is named before (P4).
    add constraint referral_owner_when_accepted check (
        case when state in ('accepted', 'on_hold', 'completed')
             then owner_id is not null and owner_name is not null and expected_by is not null
             else owner_id is null and owner_name is null and expected_by is null end
    ),
    drop constraint referral_facility_when_held,
    -- A referral is with somebody exactly while it is under way or taken.
    add constraint referral_facility_when_held check (
        (facility_id is not null) = (state in ('offered', 'claimed', 'accepted', 'on_hold', 'completed'))
    );

alter table referral_offer
    drop constraint referral_offer_state_known,
    add constraint referral_offer_state_known
        check (state in ('offered', 'claimed', 'accepted', 'on_hold', 'declined', 'cancelled', 'completed'));

alter table referral_event
    drop constraint referral_event_kind_known,
    add constraint referral_event_kind_known check (
        kind in ('offered', 'claimed', 'accepted', 'on_hold', 'declined', 'cancelled', 'unplaced', 'completed',
                 'consent_revoked')
    );
