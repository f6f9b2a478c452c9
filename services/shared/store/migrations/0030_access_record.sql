-- Every look is on record (P9): who touched health information, when, why and how. Rows are kept for six years at least
-- (45 CFR 164.316(b)(2)); nothing here purges them, and the role that serves can neither change nor delete one.
create table access_record (
    program_id     uuid        not null,
    -- The transaction that wrote the row. Those below the oldest one at work are all there or never will be: sealing
    -- reads from there on and misses nobody who commits late. Not a time, since no clock says when a commit was seen.
    transaction_id bigint      not null default pg_current_xact_id()::text::bigint,
    record_id      uuid        not null,
    at             timestamptz not null default clock_timestamp(),
    -- person:<id> or service:<name>; never a name that a person is called by.
    caller         text        not null,
    -- What the caller may act as, in alphabetical order, separated by commas; a service's is "service".
    roles          text        not null,
    purpose        text        not null,
    -- package.Service/Method
    method         text        not null,
    act            text        not null,
    participants   uuid[]      not null,
    contacts       uuid[]      not null,
    -- Of a disclosure: to whom (an id), and what permits it.
    recipient      text,
    basis          text,
    -- Of a denial: the rule that refused.
    rule           text,
    trace_id       text,
    -- The only index that the main path pays for: it is written at its end, and sealing reads along it.
    constraint access_record_key primary key (program_id, transaction_id, record_id),
    constraint access_record_act check (act in ('read', 'write', 'deny', 'disclose', 'break_glass'))
);

-- The seal: each record has one place in its program's chain, and its hash covers everything before it.
create table access_chain (
    program_id uuid   not null,
    position   bigint not null,
    record_id  uuid   not null,
    hash       bytea  not null,
    constraint access_chain_key primary key (program_id, position),
    constraint access_chain_record unique (program_id, record_id),
    constraint access_chain_position check (position > 0)
);

-- What the service signed: up to here the chain was so. Copies of these are kept outside of this database.
create table access_checkpoint (
    program_id   uuid        not null,
    position     bigint      not null,
    hash         bytea       not null,
    at           timestamptz not null,
    -- Which key signed: the beginning of the SHA-256 of the public key.
    key_id       text        not null,
    signature    bytea       not null,
    -- Every record of a transaction below this one is sealed.
    sealed_below bigint      not null,
    constraint access_checkpoint_key primary key (program_id, position)
);

-- Who looked at one participant or contact. Written when the record is sealed, off the main path, and derived from it.
-- Not an index over the arrays: their operators are not leakproof, so row-level security keeps a query from using it.
create table access_subject (
    program_id     uuid   not null,
    subject_id     uuid   not null,
    transaction_id bigint not null,
    record_id      uuid   not null,
    constraint access_subject_key primary key (program_id, subject_id, transaction_id, record_id)
);

select keep_programs_apart('access_record');
select keep_programs_apart('access_chain');
select keep_programs_apart('access_checkpoint');
select keep_programs_apart('access_subject');
-- Records of reads are written together, whoever's they are; and sealing asks which programs have work.
select open_across_programs('access_record', 'all');
select open_across_programs('access_chain', 'select');
select open_across_programs('access_checkpoint', 'select');

-- Insert-only for whoever serves: the default privileges gave more.
revoke update, delete, truncate on access_record, access_chain, access_checkpoint, access_subject from harborline_serving;
