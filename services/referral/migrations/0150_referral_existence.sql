-- Whether there is, or ever will be, a referral with an id: the first commit decides. A referral takes its id here in the
-- transaction that makes it; an id that intake was told nobody has (DescribeReferral) is taken by none from then on.
-- Referrals that were made before this table have no row.
create table referral_existence (
    program_id  uuid    not null,
    referral_id uuid    not null,
    is_made     boolean not null,
    constraint referral_existence_key primary key (program_id, referral_id)
);

select keep_programs_apart('referral_existence');
