-- Whose the person is, at every instant (P4): per inbound contact a chain of intervals without gap or overlap. An
-- outbound contact has no chain of its own; it moves the chain of the contact that it follows up.
create table custody (
    program_id        uuid        not null,
    contact_id        uuid        not null,
    sequence          integer     not null,
    -- Null for the first interval only.
    previous_sequence integer,
    role              text        not null,
    owner_id          text        not null,
    owner_name        text        not null,
    since             timestamptz not null,
    -- Null while it lasts.
    until             timestamptz,
    constraint custody_key primary key (program_id, contact_id, sequence),
    constraint custody_of_contact foreign key (program_id, contact_id) references contact (program_id, contact_id),
    -- Each interval but the first has exactly one predecessor.
    constraint custody_in_sequence check (
        sequence >= 1 and previous_sequence is not distinct from nullif(sequence - 1, 0)),
    -- Two instants may be one: a hand-over may follow at once.
    constraint custody_ends_after_it_begins check (until >= since),
    -- What a successor refers to.
    constraint custody_end unique (program_id, contact_id, sequence, until),
    -- No gap and no overlap: an interval begins at the instant its predecessor ended. Deferred, so that the statements
    -- of a hand-over may come in any order.
    constraint custody_without_gap foreign key (program_id, contact_id, previous_sequence, since)
        references custody (program_id, contact_id, sequence, until) deferrable initially deferred
);

-- Exactly one owner: at most one interval is open.
create unique index custody_one_open on custody (program_id, contact_id) where until is null;

-- Finds whom a new supervisor on call takes over.
create index custody_open_by_role on custody (program_id, role) where until is null;
