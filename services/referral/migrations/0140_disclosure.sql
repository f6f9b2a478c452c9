-- What was told to whom: one row for each class of information in each disclosure. What must be answered for is in it, and
-- no health information beside the fact itself. Only ever added to.
create table disclosure (
    program_id     uuid        not null,
    disclosure_id  uuid        not null,
    data_class     text        not null,
    referral_id    uuid        not null,
    contact_id     uuid        not null,
    participant_id uuid,
    -- The recipient.
    facility_id    uuid        not null,
    basis          text        not null,
    consent_id     uuid,
    break_glass_id uuid,
    at             timestamptz not null,
    constraint disclosure_key primary key (program_id, disclosure_id, data_class),
    constraint disclosure_referral foreign key (program_id, referral_id) references referral (program_id, referral_id),
    constraint disclosure_class check (
        data_class in ('general_phi', 'part2_sud', 'sud_counseling_note', 'operational')),
    constraint disclosure_basis check (
        basis in ('operational', 'treatment', 'consent', 'serious_threat', 'medical_emergency')),
    -- A consent or an emergency is named exactly where it is the basis.
    constraint disclosure_consent_named check ((consent_id is not null) = (basis = 'consent')),
    constraint disclosure_emergency_named check (
        (break_glass_id is not null) = (basis in ('serious_threat', 'medical_emergency'))),
    -- 42 CFR Part 2: by consent or in a medical emergency, and on no other ground.
    constraint disclosure_part2 check (
        data_class not in ('part2_sud', 'sud_counseling_note') or basis in ('consent', 'medical_emergency'))
);

-- Who was told under a consent.
create index disclosure_of_consent on disclosure (program_id, consent_id) where consent_id is not null;

select keep_programs_apart('disclosure');
revoke update, delete, truncate on disclosure from harborline_serving;

-- What the summary holds.
alter table referral add column data_classes text[] not null default '{general_phi}';
alter table referral alter column data_classes drop default;

-- When a consent was revoked under which the clinic was told.
alter table referral_offer add column consent_revoked_at timestamptz;

alter table referral_event drop constraint referral_event_kind_known;
alter table referral_event add constraint referral_event_kind_known check (
    kind in ('offered', 'claimed', 'accepted', 'declined', 'cancelled', 'unplaced', 'completed', 'consent_revoked')
);
