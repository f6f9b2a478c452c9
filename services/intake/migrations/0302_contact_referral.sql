-- The referrals of a contact, as far as custody follows from them. A referral is registered before referral makes it, and
-- open until referral says that it has ended.

set lock_timeout = '5s';

create table contact_referral (
    program_id    uuid        not null,
    -- The inbound contact, as in custody.
    contact_id    uuid        not null,
    referral_id   uuid        not null,
    registered_at timestamptz not null,
    -- Null until a clinic has accepted, with a named person.
    facility_id   uuid,
    owner_id      text,
    owner_name    text,
    accepted_at   timestamptz,
    ended_at      timestamptz,
    constraint contact_referral_key primary key (program_id, referral_id),
    constraint contact_referral_of_contact foreign key (program_id, contact_id)
        references contact (program_id, contact_id),
    -- An acceptance is there in full or not at all.
    constraint contact_referral_acceptance_whole check (
        num_nulls(facility_id, owner_id, owner_name, accepted_at) in (0, 4))
);

-- What is open of a contact.
create index contact_referral_open on contact_referral (program_id, contact_id) where ended_at is null;

select keep_programs_apart('contact_referral');

insert into contact_referral (program_id, contact_id, referral_id, registered_at, facility_id, owner_id, owner_name, accepted_at)
select program_id, contact_id, referral_id, accepted_at, facility_id, owner_id, owner_name, accepted_at
from accepted_referral;

drop table accepted_referral;
