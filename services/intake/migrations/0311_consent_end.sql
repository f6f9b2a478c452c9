-- A consent ends with a date, with an event, or with its revocation alone (42 CFR 2.31); and one that was signed before a
-- revocation and put on record after it is in doubt until the participant has confirmed it.

set lock_timeout = '5s';

alter table consent
    alter column expires_at drop not null,
    -- With what it ends: 'date' (expires_at), 'event' (in words among its sealed terms) or 'nothing'.
    add column ends_with text not null default 'date',
    -- Since when the event has come.
    add column expired_at timestamptz,
    -- When the participant confirmed it, and who put that on record.
    add column confirmed_at timestamptz,
    add column confirmed_by_id text,
    add column confirmed_by_name text,
    add constraint consent_ends_known check (ends_with in ('date', 'event', 'nothing')),
    add constraint consent_ends_at_its_date check ((ends_with = 'date') = (expires_at is not null)),
    add constraint consent_event_came check (expired_at is null or (ends_with = 'event' and expired_at >= signed_at)),
    add constraint consent_lasting_for_care check (
        ends_with <> 'nothing' or purposes <@ array['treatment', 'payment', 'operations']),
    add constraint consent_revoked_after_it_was_signed check (revoked_at is null or revoked_at >= signed_at),
    add constraint consent_confirmation_whole check (
        num_nulls(confirmed_at, confirmed_by_id, confirmed_by_name) in (0, 3));
