-- The last number given to a change that concerns a clinic. The row is locked from taking a number to the commit, so
-- numbers become visible in their order: a reader that has seen one has missed none below it.
create table clinic_cursor (
    program_id  uuid   not null,
    facility_id uuid   not null,
    last        bigint not null,
    constraint clinic_cursor_key primary key (program_id, facility_id)
);
