-- What became of the pages for a ticket. Beside the ticket's steps, not among them: a page never holds a ticket up, and
-- never voids what the matcher decided about it. Append-only.

create table page_outcome (
    program_id uuid        not null,
    ticket_id  uuid        not null,
    -- The ticket's step at which the supervisor was paged.
    step       integer     not null,
    -- 1 for the first page of that wait, and so on.
    page       smallint    not null,
    outcome    text        not null,
    -- Real time.
    at         timestamptz not null default clock_timestamp(),
    -- Refused again and again is refused once on record; it may still be delivered.
    constraint page_outcome_key primary key (program_id, ticket_id, step, page, outcome),
    constraint page_outcome_step foreign key (program_id, ticket_id, step) references ticket_event,
    constraint page_outcome_page check (page between 1 and 9)
);

select keep_programs_apart('page_outcome');
