-- The named person at a clinic who has accepted what follows a contact. The newest acceptance counts.
create table accepted_referral (
    program_id  uuid        not null,
    -- The inbound contact, as in custody.
    contact_id  uuid        not null,
    referral_id uuid        not null,
    facility_id uuid        not null,
    owner_id    text        not null,
    owner_name  text        not null,
    accepted_at timestamptz not null,
    constraint accepted_referral_key primary key (program_id, contact_id),
    constraint accepted_referral_of_contact foreign key (program_id, contact_id)
        references contact (program_id, contact_id)
);
