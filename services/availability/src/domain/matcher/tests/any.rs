//! Tickets and counselors of every kind, for the properties.

use super::*;

pub(super) fn any_ticket() -> impl Strategy<Value = OpenTicket> {
    (1_u8..=5, 0_i64..70, 0_usize..3, 0_usize..3, any::<bool>(), any_skills(), any::<bool>(), any::<bool>()).prop_map(
        |(level, waited, channel, kind, spanish, skills, declined, in_virginia)| {
            let acuity = Acuity::from_level(level).unwrap();
            let mut open = waiting(acuity, waited, Channel::ALL[channel]);
            open.ticket.need.at_least = Some(CounselorKind::ALL[kind]);
            if spanish {
                open.ticket.need.language = "es".to_owned();
            }
            open.ticket.need.skills = skills;
            open.ticket.need.jurisdiction = in_virginia.then(|| "US-VA".to_owned());
            if declined {
                open.declined = vec![person(0)];
            }
            open
        },
    )
}

/// None, or one of whatever level.
pub(super) fn any_skills() -> impl Strategy<Value = Vec<Skill>> {
    let level = prop::option::of(0_usize..SkillLevel::ALL.len());
    level.prop_map(|level| {
        let skill = |level| Skill { name: "veterans".to_owned(), level: SkillLevel::ALL[level] };
        level.map(skill).into_iter().collect()
    })
}

/// None, one that is valid, one that is not yet or not any more, or two of one jurisdiction.
fn any_credentials() -> impl Strategy<Value = Vec<Credential>> {
    let at = |hours| now() + TimeDelta::hours(hours);
    let licenses = [license(at(-1), at(1)), license(at(1), at(2)), license(at(-2), now())];
    prop_oneof![Just(vec![]), prop::sample::subsequence(licenses.to_vec(), 1..=3)]
}

/// Mostly of who is rested.
pub(super) fn any_strain() -> impl Strategy<Value = Strain> {
    let ago = |seconds| now() - TimeDelta::seconds(seconds);
    let tired = (0_i64..1000, 0_i16..4, prop::option::of(0_i64..60));
    prop_oneof![
        2 => Just(Strain::rested(now())),
        1 => tired.prop_map(move |(rested, urgent_in_a_row, ended)| {
            Strain { rested_at: ago(rested), urgent_in_a_row, urgent_ended_at: ended.map(ago) }
        }),
    ]
}

pub(super) fn any_counselors() -> impl Strategy<Value = Vec<OnDuty>> {
    let one =
        (0_usize..3, any::<bool>(), any_skills(), any_credentials(), 1_i16..=3, 0_u8..4, any::<bool>(), any_strain());
    prop::collection::vec(one, 0..6).prop_map(|all| {
        let mut counselors = Vec::new();
        for (number, one) in all.into_iter().enumerate() {
            let (kind, spanish, skills, credentials, capacity, state, video, strain) = one;
            let mut on_duty = counselor(number);
            on_duty.counselor.kind = CounselorKind::ALL[kind];
            on_duty.counselor.message_capacity = capacity;
            on_duty.strain = strain;
            on_duty.on_break = state == 1;
            on_duty.leaving = state == 2;
            if spanish {
                on_duty.counselor.languages.push("es".to_owned());
            }
            (on_duty.counselor.skills, on_duty.counselor.credentials) = (skills, credentials);
            if video {
                on_duty.counselor.channels.push(Channel::Video);
            }
            counselors.push(on_duty);
        }
        counselors
    })
}
