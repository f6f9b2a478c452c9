-- What is known about people, and why something was concluded, is sealed before it comes here (see
-- 0020_sealing_key). In clear stay the acuity and what the queue is asked for.
--
-- SQL cannot seal what is here already: where there are rows this fails, and loses none.
select must_be_empty('contact_facts');
select must_be_empty('screening');
select must_be_empty('assessment');

alter table contact_facts
    drop column signals,
    drop column asq,
    drop column self_screening,
    drop column signed_over,
    -- Stated signals, the results of screenings, and the rules that a signed lowering has overruled, sealed together.
    add column known bytea not null;

alter table screening
    drop constraint screening_administered,
    drop column wished_dead,
    drop column better_off_dead,
    drop column thoughts_past_week,
    drop column ever_tried,
    drop column thoughts_now,
    drop column result,
    -- The five answers and the result, sealed together.
    add column given bytea not null,
    add constraint screening_administered check ((administered = 'self') = (administered_by is null)),
    add constraint screening_administered_known check (administered in ('self', 'counselor'));

alter table assessment
    drop column reasons,
    drop column closing_duties,
    drop column judgment_reason,
    -- The reasons, the duties before the contact may close, and why somebody judged so, sealed together.
    add column sealed bytea not null;
