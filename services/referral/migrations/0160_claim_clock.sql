set local lock_timeout = '2s';

alter table referral
    -- How urgent the contact was when the referral was made, 1 to 5: how long a claim holds. Null where that is not known.
    add column acuity smallint,
    -- When the claim lapses. Means something in the state 'claimed' alone: a replica from before this column leaves what it
    -- finds.
    add column accept_by timestamptz;

-- When the clinic's claim lapsed, or would have: what the clinic was told stays as it was.
alter table referral_offer add column accept_by timestamptz;
