-- Consents that participants have revoked, as intake tells: whoever was told under one learns so.
create table revoked_consent (
    program_id uuid        not null,
    consent_id uuid        not null,
    revoked_at timestamptz not null,
    constraint revoked_consent_key primary key (program_id, consent_id)
);

select keep_programs_apart('revoked_consent');
