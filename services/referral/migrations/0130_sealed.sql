-- The summary is sealed before it comes here (see 0020_sealing_key). In clear stay what facilities are matched by (service,
-- jurisdiction), states, instants and the names of staff.
--
-- SQL cannot seal what is here already: where there are rows this fails, and loses none.
select must_be_empty('referral');

alter table referral
    drop column summary,
    -- Sealed. Leaves this table only towards a clinic that has claimed.
    add column summary bytea not null;
