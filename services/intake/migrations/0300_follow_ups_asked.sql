-- What custody follows from (domain/custody.rs): whether follow-ups that intake asked for are still open.

set lock_timeout = '5s';

alter table contact
    -- Of an inbound contact: how often follow-ups were asked for, and up to which of these followup says that none is left.
    add column follow_ups_asked bigint not null default 0,
    add column follow_ups_ended bigint not null default 0,
    add constraint contact_follow_ups_in_order check (follow_ups_ended between 0 and follow_ups_asked);

-- What followup is to be told of a contact, in order: one that overtook another could end what is only being asked for.
create table follow_up_request (
    program_id uuid    not null,
    -- The inbound contact, as in custody.
    contact_id uuid    not null,
    -- From 1, without gap.
    position   integer not null,
    kind       text    not null,
    -- The contact whose end asks for it: the inbound one, or a call that followed it up.
    asked_by   uuid    not null,
    -- Which of the follow-ups that were asked for; null where none is asked for.
    number     bigint,
    sent_at    timestamptz,
    constraint follow_up_request_key primary key (program_id, contact_id, position),
    constraint follow_up_request_of_contact foreign key (program_id, contact_id)
        references contact (program_id, contact_id),
    constraint follow_up_request_kind_known check (kind in ('plan', 'call_again', 'stop')),
    constraint follow_up_request_numbered check ((number is null) = (kind = 'stop'))
);

select keep_programs_apart('follow_up_request');

-- What the duty of before still owed: to plan follow-ups, and to tell how an attempt went.
insert into follow_up_request (program_id, contact_id, position, kind, asked_by, number)
select c.program_id, c.contact_id, 1, 'plan', c.contact_id, 1 from contact c
join duty d on d.program_id = c.program_id and d.kind = 'follow-up' and d.subject = c.contact_id::text
where c.direction = 'inbound';
update duty set kind = case when exists (select 1 from contact c where c.program_id = duty.program_id
    and c.contact_id::text = duty.subject and c.direction = 'outbound') then 'attempt' else 'follow-ups' end
where kind = 'follow-up';

-- Ended, and somebody still owns it: its follow-ups are open, and were asked for by the duty of before.
update contact set follow_ups_asked = 1
where direction = 'inbound' and ended_at is not null
  and exists (select 1 from custody where custody.program_id = contact.program_id
                and custody.contact_id = contact.contact_id and custody.until is null);
