-- What makes every call repeatable: the answer commits with the effect, under the caller's own request id.
create table answered_request (
    program_id   uuid        not null,
    caller       text        not null,
    method       text        not null,
    request_id   uuid        not null,
    -- SHA-256 of the request: the same id with another body is refused.
    request_hash bytea       not null,
    -- Null only inside the transaction that is still at work on it.
    answer       bytea,
    answered_at  timestamptz not null default now(),
    -- A concurrent duplicate waits on this key for the first one's commit, then reads its answer.
    constraint answered_request_key primary key (program_id, caller, method, request_id)
);

-- Answers are purged after a week.
create index answered_request_age on answered_request (answered_at);
