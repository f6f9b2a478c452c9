-- One person referred on, and where that stands for the program.
create table referral (
    program_id   uuid        not null,
    referral_id  uuid        not null,
    -- A contact of intake.
    contact_id   uuid        not null,
    service      text        not null,
    jurisdiction text,
    -- Health information: leaves this table only towards a clinic that has claimed.
    summary      text        not null,
    state        text        not null,
    -- The facility that holds the offer, or accepted.
    facility_id  uuid,
    owner_id     text,
    owner_name   text,
    expected_by  timestamptz,
    -- The number of events so far.
    sequence     integer     not null,
    created_at   timestamptz not null,
    constraint referral_key primary key (program_id, referral_id),
    constraint referral_state_known
        check (state in ('offered', 'claimed', 'accepted', 'unplaced', 'cancelled', 'completed')),
    -- Whoever accepted is named, and nobody is named before (P4).
    constraint referral_owner_when_accepted check (
        case when state in ('accepted', 'completed')
             then owner_id is not null and owner_name is not null and expected_by is not null
             else owner_id is null and owner_name is null and expected_by is null end
    ),
    -- A referral is with somebody exactly while it is under way or taken.
    constraint referral_facility_when_held check (
        (facility_id is not null) = (state in ('offered', 'claimed', 'accepted', 'completed'))
    )
);

-- A contact's referrals, oldest first.
create index referral_contact on referral (program_id, contact_id, created_at, referral_id);
