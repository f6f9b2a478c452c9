-- Where a program can send people.
create table facility (
    program_id    uuid    not null,
    -- Chosen by the program; the `clinic` of a partner's access token.
    facility_id   uuid    not null,
    name          text    not null,
    services      text[]  not null,
    -- ISO 3166-2 codes; empty: it serves everywhere.
    jurisdictions text[]  not null,
    rank          integer not null,
    accepting     boolean not null,
    constraint facility_key primary key (program_id, facility_id),
    -- A facility that offers nothing could never be asked.
    constraint facility_offers_something check (cardinality(services) > 0)
);

-- The order in which facilities are asked and listed.
create index facility_order on facility (program_id, rank, facility_id);
