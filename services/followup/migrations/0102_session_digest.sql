-- What the care team of one participant has been told, and how far they have read.
create table session_digest (
    program_id      uuid   not null,
    participant_id  uuid   not null,
    -- The sequence of the newest entry; the row's lock keeps sequences without gap.
    last_sequence   bigint not null,
    -- Only rises.
    acknowledged    bigint not null default 0,
    constraint session_digest_key primary key (program_id, participant_id),
    -- Nobody acknowledges what is not there.
    constraint session_digest_acknowledged check (acknowledged between 0 and last_sequence)
);

-- One thing that happened, for the next session.
create table digest_entry (
    program_id     uuid        not null,
    participant_id uuid        not null,
    sequence       bigint      not null,
    kind           text        not null,
    at             timestamptz not null,
    contact_id     uuid        not null,
    acuity         smallint    not null,
    reasons        text[]      not null,
    -- Only of an attempt.
    attempt_state  text,
    constraint digest_entry_key primary key (program_id, participant_id, sequence),
    constraint digest_entry_digest foreign key (program_id, participant_id)
        references session_digest (program_id, participant_id),
    constraint digest_entry_kind check (kind in ('contact', 'attempt', 'decision_needed')),
    constraint digest_entry_attempt check ((attempt_state is not null) = (kind = 'attempt'))
);
