-- Why a contact had its acuity is sealed before it comes here (see 0020_sealing_key). In clear stay kinds, instants, states
-- and acuities, which plans and clocks go by.
--
-- SQL cannot seal what is here already: where there are rows this fails, and loses none.
select must_be_empty('digest_entry');

alter table digest_entry
    drop column reasons,
    -- Sealed.
    add column reasons bytea not null;
