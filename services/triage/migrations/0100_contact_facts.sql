-- Everything triage knows about one contact, so that whatever arrives later is assessed together with it.
create table contact_facts (
    program_id     uuid        not null,
    contact_id     uuid        not null,
    -- A screening may come before the contact's own facts: until then phone, an unknown caller, English.
    channel        text        not null,
    caller         text        not null,
    language       text        not null,
    jurisdiction   text,
    -- Only grows: a signal that was stated stays stated.
    signals        text[]      not null default '{}',
    -- The result of the newest complete ASQ; null until one is recorded.
    asq            text,
    -- The most serious result of what the caller answered in the front end.
    self_screening text,
    -- Names of the rules that a signed lowering has overruled; fresh evidence takes a name out again.
    signed_over    text[]      not null default '{}',
    constraint contact_facts_key primary key (program_id, contact_id),
    constraint contact_facts_asq check (asq in ('negative', 'non_acute_positive', 'acute_positive')),
    -- Incomplete answers can raise an alarm but never give the all-clear.
    constraint contact_facts_self_screening check (self_screening in ('non_acute_positive', 'acute_positive'))
);
