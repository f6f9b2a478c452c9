-- The ledger of slots, insert-only. A slot is one conversation a counselor can be in; phone and video take them all.

create table slot_hold (
    program_id   uuid     not null,
    counselor_id text     not null,
    slot         smallint not null,
    epoch        integer  not null,
    offer_id     uuid     not null,
    -- The epoch that must have been released before this one.
    follows      integer  generated always as (nullif(epoch - 1, 0)) stored,
    -- A slot is never given twice: two matchers that give the same one collide here.
    constraint slot_hold_key primary key (program_id, counselor_id, slot, epoch),
    constraint slot_hold_epoch check (epoch > 0)
);

-- Releasing finds the slots of an offer.
create index slot_hold_offer on slot_hold (program_id, offer_id);

create table slot_release (
    program_id   uuid     not null,
    counselor_id text     not null,
    slot         smallint not null,
    epoch        integer  not null,
    constraint slot_release_key primary key (program_id, counselor_id, slot, epoch),
    -- Only what was held can be released.
    constraint slot_release_hold foreign key (program_id, counselor_id, slot, epoch) references slot_hold
);

-- Nor is a slot given while it is held: each epoch follows a released one.
alter table slot_hold add constraint slot_hold_follows
    foreign key (program_id, counselor_id, slot, follows) references slot_release (program_id, counselor_id, slot, epoch);
