use chrono::{DateTime, TimeDelta};
use harborline_types::Channel;
use proptest::prelude::*;

use super::*;
use crate::domain::NewOffer;

fn start() -> Timestamp {
    DateTime::UNIX_EPOCH
}

fn ticket() -> Ticket {
    Ticket {
        id: TicketId::new(),
        contact: ContactId::new(),
        state: TicketState::Queued,
        acuity: Acuity::Moderate,
        need: Need {
            channel: Channel::Phone,
            at_least: None,
            language: "en".to_owned(),
            jurisdiction: None,
            skills: vec![],
        },
        preferred: None,
        outbound: false,
        queued_at: start(),
        waiting_since: start(),
        widened: 0,
        paged: false,
        backup_offered: false,
        caller_left: false,
        finishes_early: false,
        counselor: None,
        offer: None,
        assignment: 0,
        steps: 1,
        beside: None,
    }
}

fn offer() -> Step {
    Step::Offer(NewOffer {
        id: OfferId::new(),
        counselor: PersonId::parse("ana").unwrap(),
        slots: vec![0],
        preferred: false,
        expires_at: start(),
    })
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(()).prop_map(|()| offer()),
        Just(Step::Accept),
        Just(Step::Decline(DeclineReason::Conflict)),
        Just(Step::Expire),
        Just(Step::TakeBack),
        Just(Step::LoseCounselor { at: start() + TimeDelta::hours(1) }),
        (1_u8..=5).prop_map(|level| Step::Raise(Acuity::from_level(level).unwrap(), None)),
        (1_i16..=3).prop_map(Step::Widen),
        Just(Step::Page),
        Just(Step::Withdraw),
        Just(Step::Release),
        Just(Step::FinishWrapUp),
        Just(Step::FinishEarly),
        Just(Step::NoteCallerLeft),
        Just(Step::NoteCallerBack { at: start() + TimeDelta::hours(2) }),
        Just(Step::OfferBackup),
        Just(Step::HandOff),
    ]
}

fn waits(state: TicketState) -> bool {
    matches!(state, TicketState::Queued | TicketState::Offered)
}

proptest! {
    #[test]
    fn a_ticket_leaves_the_queue_to_a_human_by_leaving_or_hand_off(steps in prop::collection::vec(any_step(), 0..40)) {
        let mut change = Change::of(ticket());
        for step in steps {
            let before = change.ticket.clone();
            let taken = change.take(step.clone()).is_ok();
            let after = &change.ticket;

            prop_assert_eq!(after.queued_at, before.queued_at, "the place in the queue never changes");
            prop_assert!(after.acuity <= before.acuity, "acuity never falls");
            prop_assert_eq!(taken || after == &before, true, "a refused step changes nothing");
            let lost = matches!(step, Step::LoseCounselor { .. }) && taken;
            prop_assert!(!lost || waits(after.state), "waits again");
            prop_assert_eq!(lost && after.is_held(), lost && before.caller_left, "for nobody while the caller is away");
            prop_assert!(!before.is_held() || after.state != TicketState::Offered, "nobody rings for an empty line");
            if waits(before.state) && !waits(after.state) {
                let reason_is_listed = matches!(step, Step::Accept | Step::Withdraw | Step::HandOff);
                prop_assert!(reason_is_listed, "left the queue by {step:?}");
            }
            let holds = match after.state {
                TicketState::Offered | TicketState::Assigned => Some(true),
                TicketState::Released => None,
                TicketState::Queued | TicketState::Withdrawn | TicketState::HandedOff => Some(false),
            };
            prop_assert!(holds.is_none_or(|holds| holds == after.offer.is_some()), "{:?} holds an offer", after.state);
            prop_assert_eq!(after.steps as usize, 1 + change.events.len());
            let left = matches!(before.state, TicketState::Withdrawn | TicketState::HandedOff);
            prop_assert!(!left || !taken, "who has left stays away");
        }
    }
}

#[test]
fn a_ticket_whose_counselor_is_lost_waits_anew_in_its_old_place() {
    let mut change = Change::of(ticket());
    let later = start() + TimeDelta::hours(1);
    for step in [Step::Widen(3), Step::Page, offer(), Step::Accept, Step::LoseCounselor { at: later }] {
        change.take(step).unwrap();
    }
    let ticket = change.ticket;
    assert_eq!((ticket.state, ticket.queued_at, ticket.waiting_since), (TicketState::Queued, start(), later));
    assert_eq!((ticket.widened, ticket.paged, ticket.assignment), (0, false, 1));
}

#[test]
fn a_wrap_up_that_ends_early_is_over_with_the_release_and_another_counselor_has_one_again() {
    let mut change = Change::of(ticket());
    for step in [offer(), Step::Accept, Step::FinishEarly] {
        change.take(step).unwrap();
    }
    assert_eq!((change.ticket.state, change.ticket.offer.is_some()), (TicketState::Assigned, true));
    let mut lost = change.clone();
    change.take(Step::Release).unwrap();
    assert_eq!((change.ticket.state, change.ticket.offer), (TicketState::Released, None));
    for step in [Step::LoseCounselor { at: start() }, offer(), Step::Accept, Step::Release] {
        lost.take(step).unwrap();
    }
    assert!(lost.ticket.offer.is_some(), "this one wraps up");
}

#[test]
fn the_backup_line_is_offered_once_a_wait_and_moves_nothing() {
    let mut change = Change::of(ticket());
    change.take(Step::OfferBackup).unwrap();
    assert_eq!((change.ticket.state, change.ticket.queued_at), (TicketState::Queued, start()));
    assert_eq!(change.take(Step::OfferBackup), Err(StepRefused(TicketState::Queued)));
    for step in [offer(), Step::Accept, Step::LoseCounselor { at: start() + TimeDelta::hours(1) }, Step::OfferBackup] {
        change.take(step).unwrap();
    }
    let outbound = Ticket { outbound: true, ..ticket() };
    assert_eq!(Change::of(outbound).take(Step::OfferBackup), Err(StepRefused(TicketState::Queued)));
}

#[test]
fn a_hand_off_is_possible_while_the_contact_waits_and_while_a_counselor_is_asked() {
    let mut change = Change::of(ticket());
    change.take(offer()).unwrap();
    let offer = change.ticket.offer.unwrap();
    change.take(Step::HandOff).unwrap();
    assert_eq!((change.ticket.state, change.ticket.offer), (TicketState::HandedOff, None));
    assert_eq!(change.moved, [(offer, crate::domain::OfferState::Withdrawn)]);
}

#[test]
fn no_counselor_is_asked_for_a_caller_who_left_before_the_loss_until_the_caller_is_back() {
    let mut change = Change::of(ticket());
    for step in [offer(), Step::Accept, Step::NoteCallerLeft] {
        change.take(step).unwrap();
    }
    assert_eq!(change.take(Step::NoteCallerLeft), Err(StepRefused(TicketState::Assigned)), "once");
    change.take(Step::LoseCounselor { at: start() + TimeDelta::hours(1) }).unwrap();
    for step in [offer(), Step::Widen(1), Step::Page, Step::OfferBackup] {
        assert_eq!(change.take(step), Err(StepRefused(TicketState::Queued)), "nobody is there");
    }
    let mut gone = change.clone();
    gone.take(Step::Withdraw).unwrap();
    assert_eq!((gone.ticket.state, gone.ticket.offer), (TicketState::Withdrawn, None));
    let at = start() + TimeDelta::hours(2);
    change.take(Step::NoteCallerBack { at }).unwrap();
    assert_eq!((change.ticket.waiting_since, change.ticket.queued_at), (at, start()), "a new wait, in the old place");
    change.take(offer()).unwrap();
    assert_eq!(change.take(Step::NoteCallerBack { at }), Err(StepRefused(TicketState::Offered)), "once");
    let kinds: Vec<_> = change.events.iter().map(|event| event.kind).collect();
    use TicketEventKind::{CallerBack, CallerLeft, CounselorLost, Offered};
    assert_eq!(kinds[2..], [CallerLeft, CounselorLost, CallerBack, Offered]);
}

#[test]
fn withdrawing_takes_the_open_offer_back() {
    let mut change = Change::of(ticket());
    change.take(offer()).unwrap();
    let offer = change.ticket.offer.unwrap();
    change.take(Step::Withdraw).unwrap();
    assert_eq!(change.ticket.state, TicketState::Withdrawn);
    assert_eq!(change.moved, [(offer, crate::domain::OfferState::Withdrawn)]);
}

#[test]
fn a_race_is_over_with_its_offer_and_nobody_has_the_contact_by_it() {
    let beside = Beside { kind: TicketKind::Race, of: TicketId::new(), by: None, target: Target::Skilled, why: None };
    let race = || {
        let mut change = Change::entering(Ticket { steps: 0, beside: Some(Box::new(beside.clone())), ..ticket() });
        change.take(offer()).unwrap();
        change
    };
    for step in [Step::Decline(DeclineReason::Conflict), Step::Expire, Step::TakeBack, Step::Withdraw, Step::PassOn] {
        let mut change = race();
        change.take(step).unwrap();
        assert_eq!((change.ticket.state, change.ticket.offer), (TicketState::Withdrawn, None));
    }
    for step in [Step::Accept, Step::Page, Step::HandOff] {
        assert_eq!(race().take(step), Err(StepRefused(TicketState::Offered)));
    }
    let mut change = race();
    change.take(Step::PassOn).unwrap();
    assert!(change.moved.is_empty(), "the offer goes on");
    change.take(Step::Adopt { counselor: PersonId::parse("ana").unwrap(), offer: OfferId::new() }).unwrap_err();
}

#[test]
fn raising_to_less_or_the_same_is_no_step() {
    let mut change = Change::of(ticket());
    change.take(Step::Raise(Acuity::Routine, None)).unwrap();
    assert!(change.is_empty());
    change.take(Step::Raise(Acuity::Emergency, None)).unwrap();
    assert_eq!(change.ticket.acuity, Acuity::Emergency);
    assert_eq!(change.events[0].acuity, Some(Acuity::Emergency));
}
