//! Swaps of shift days.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use harborline_identity::Call;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::shift_service_server::ShiftService;
use harborline_proto::common::v1::Reason;
use harborline_status::violations_of;
use harborline_testkit::{assert_refused, counselor, request};
use tonic::Status;

use crate::credentials::showing;
use crate::fixture::{Given, Work, a_counselor, id, unhurried};
use crate::shifts::{self, a_shift, in_days};

impl Given {
    pub(crate) async fn offer(&self, offer: pb::OfferShiftSwapRequest, by: &str) -> Result<pb::ShiftSwap, Status> {
        let answer = self.services.offer_shift_swap(request(&counselor(self.program, by), offer)).await?;
        Ok(answer.into_inner().swap.unwrap())
    }

    pub(crate) async fn accept(&self, swap: &pb::ShiftSwap, by: &str) -> Result<pb::ShiftSwap, Status> {
        let message = pb::AcceptShiftSwapRequest { request_id: id(), swap_id: swap.swap_id.clone() };
        let answer = self.services.accept_shift_swap(request(&counselor(self.program, by), message)).await?;
        Ok(answer.into_inner().swap.unwrap())
    }

    pub(crate) async fn approve(&self, swap: &pb::ShiftSwap) -> Result<pb::ShiftSwap, Status> {
        let message = pb::ApproveShiftSwapRequest { request_id: id(), swap_id: swap.swap_id.clone() };
        let answer = self.services.approve_shift_swap(request(&self.administrator(), message)).await?;
        Ok(answer.into_inner().swap.unwrap())
    }

    pub(crate) async fn close(&self, swap: &pb::ShiftSwap, by: &Call) -> Result<pb::ShiftSwap, Status> {
        let message = pb::CloseShiftSwapRequest { request_id: id(), swap_id: swap.swap_id.clone() };
        Ok(self.services.close_shift_swap(request(by, message)).await?.into_inner().swap.unwrap())
    }

    pub(crate) async fn open_swaps(&self, by: &Call) -> usize {
        let message = pb::ListShiftSwapsRequest::default();
        self.services.list_shift_swaps(request(by, message)).await.unwrap().into_inner().swaps.len()
    }
}

pub(crate) fn day_of(shift: &pb::Shift) -> Option<pb::ShiftDay> {
    Some(pb::ShiftDay { shift_id: shift.shift_id.clone(), day: shift.first_day.clone() })
}

/// An offer of the first day of a shift.
pub(crate) fn offering(shift: &pb::Shift, to: &str, in_return: Option<&pb::Shift>) -> pb::OfferShiftSwapRequest {
    pb::OfferShiftSwapRequest {
        request_id: id(),
        given: day_of(shift),
        offered_to: to.to_owned(),
        in_return: in_return.and_then(day_of),
    }
}

#[tokio::test]
async fn of_two_counselors_who_accept_a_swap_at_once_one_wins() {
    let given = Given::with_roster("America/New_York", &["ana", "ben", "cem"]).await;
    for round in 0..5 {
        let day = in_days(2 + round);
        let shift = given.put_shift(a_shift("ana", day, "08:00", "16:00")).await;
        // The same day in two offers: whichever is accepted first, the day goes to one counselor.
        let one = given.offer(offering(&shift, "", None), "ana").await.unwrap();
        let other = given.offer(offering(&shift, "", None), "ana").await.unwrap();
        let (ben, cem, again) =
            tokio::join!(given.accept(&one, "ben"), given.accept(&one, "cem"), given.accept(&other, "cem"));
        let won: Vec<_> = [&ben, &cem, &again].into_iter().filter_map(|it| it.as_ref().ok()).collect();
        assert_eq!(won.len(), 1);
        assert_eq!(won[0].state(), pb::ShiftSwapState::Done);
        let winner = won[0].accepted_by.clone();
        for lost in [ben, cem, again].into_iter().filter(Result::is_err) {
            assert_refused(lost, Reason::ShiftSwapClosed);
        }
        assert!(given.coming().await.contains(&format!("{day} {winner}")));
    }
}

#[tokio::test]
async fn an_exchange_moves_both_days_or_none() {
    let given = Given::with_roster("America/New_York", &["ana", "ben"]).await;
    let anas = given.put_shift(a_shift("ana", in_days(2), "08:00", "16:00")).await;
    let bens = given.put_shift(a_shift("ben", in_days(3), "08:00", "16:00")).await;
    let swap = given.offer(offering(&anas, "ben", Some(&bens)), "ana").await.unwrap();
    // Meanwhile Ana has got a shift on the day that she would get.
    let extra = given.put_shift(a_shift("ana", in_days(3), "15:00", "20:00")).await;
    assert_refused(given.accept(&swap, "ben").await, Reason::ShiftOverlaps);
    let (first, second) = (in_days(2), in_days(3));
    assert_eq!(given.coming().await, [format!("{first} ana"), format!("{second} ben"), format!("{second} ana")]);
    given.cancel(&extra, "").await.unwrap();
    given.accept(&swap, "ben").await.unwrap();
    assert_eq!(given.coming().await, [format!("{first} ben"), format!("{second} ana")]);
    assert_refused(given.accept(&swap, "ben").await, Reason::ShiftSwapClosed);
}

#[tokio::test]
async fn a_supervised_swap_changes_the_roster_when_it_is_approved() {
    let given = Given::with_roster("America/New_York", &["ana", "ben"]).await;
    given.keep_roster("America/New_York", true).await;
    let shift = given.put_shift(a_shift("ana", in_days(2), "08:00", "16:00")).await;
    let swap = given.offer(offering(&shift, "", None), "ana").await.unwrap();
    assert_refused(given.approve(&swap).await, Reason::ShiftSwapClosed);
    assert_eq!(given.accept(&swap, "ben").await.unwrap().state(), pb::ShiftSwapState::Accepted);
    assert_eq!(given.coming().await, [format!("{} ana", in_days(2))]);
    assert_eq!(given.open_swaps(&given.administrator()).await, 1);
    assert_eq!(given.approve(&swap).await.unwrap().state(), pb::ShiftSwapState::Done);
    assert_eq!(given.approve(&swap).await.unwrap().state(), pb::ShiftSwapState::Done, "again");
    assert_eq!(given.coming().await, [format!("{} ben", in_days(2))]);
    assert_eq!(given.open_swaps(&given.administrator()).await, 0);
}

#[tokio::test]
async fn a_swap_is_ended_by_its_counselors_or_a_supervisor() {
    let given = Given::with_roster("America/New_York", &["ana", "ben", "cem"]).await;
    let shift = given.put_shift(a_shift("ana", in_days(2), "08:00", "16:00")).await;
    let [ana, ben, cem] = ["ana", "ben", "cem"].map(|name| counselor(given.program, name));
    for by in [&ana, &ben, &given.administrator()] {
        let swap = given.offer(offering(&shift, "ben", None), "ana").await.unwrap();
        assert_eq!([given.open_swaps(&ben).await, given.open_swaps(&cem).await], [1, 0]);
        assert_refused(given.close(&swap, &cem).await, Reason::ShiftSwapNotFound);
        assert_refused(given.accept(&swap, "cem").await, Reason::ShiftSwapNotFound);
        assert_eq!(given.close(&swap, by).await.unwrap().state(), pb::ShiftSwapState::Closed);
        assert_refused(given.accept(&swap, "ben").await, Reason::ShiftSwapClosed);
    }
    assert_eq!(given.coming().await, [format!("{} ana", in_days(2))]);
}

#[tokio::test]
async fn only_what_is_ones_own_and_ahead_can_be_offered() {
    let given = Given::with_roster("America/New_York", &["ana", "ben"]).await;
    let shift = given.put_shift(a_shift("ana", in_days(2), "08:00", "16:00")).await;
    let begun = given.put_shift(a_shift("ana", in_days(0).pred_opt().unwrap(), "00:00", "00:00")).await;
    assert_refused(given.offer(offering(&shift, "", None), "ben").await, Reason::ShiftNotFound);
    assert_refused(given.offer(offering(&begun, "", None), "ana").await, Reason::ShiftNotFound);
    assert_refused(given.offer(offering(&shift, "ben", Some(&shift)), "ana").await, Reason::ShiftNotFound);
    assert_refused(given.offer(offering(&shift, "nobody", None), "ana").await, Reason::CounselorNotFound);
    let refused =
        given.offer(pb::OfferShiftSwapRequest { in_return: day_of(&shift), ..Default::default() }, "ana").await;
    let named = violations_of(&assert_refused(refused, Reason::RequestInvalid));
    assert_eq!(named, ["request_id", "given", "given.shift_id", "given.day", "offered_to"]);
}

#[tokio::test]
async fn a_night_on_which_clocks_change_goes_to_its_taker_with_all_its_hours() {
    for (today, night, hours) in [("2027-03-10", "2027-03-13", 7), ("2027-11-03", "2027-11-06", 9)] {
        let clock = showing(&format!("{today}T12:00:00Z"));
        let given = Given::with_work(unhurried(), Work { notify: None, lease_seconds: 5, clock }).await;
        given.keep_roster("America/New_York", false).await;
        for name in ["ana", "ben"] {
            given.hire(a_counselor(name)).await;
        }
        let first = today.parse().unwrap();
        let daily = |shift| pb::Shift { recurrence: "FREQ=DAILY".to_owned(), ..shift };
        let nights = given.put_shift(daily(a_shift("ana", first, "22:00", "06:00"))).await;
        let days = given.put_shift(daily(a_shift("ben", first, "08:00", "16:00"))).await;
        let on = |shift: &pb::Shift| Some(pb::ShiftDay { shift_id: shift.shift_id.clone(), day: night.to_owned() });
        let offer =
            pb::OfferShiftSwapRequest { given: on(&nights), in_return: on(&days), ..offering(&nights, "ben", None) };
        let swap = given.offer(offer, "ana").await.unwrap();
        given.accept(&swap, "ben").await.unwrap();

        let from = format!("{night}T05:00:00Z");
        let until = (from.parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(2)).to_rfc3339();
        let roster = given.roster(&from, &until).await;
        let written = |entry: &pb::RosterEntry| {
            format!("{} {} {}", entry.shift_day.as_ref().unwrap().day, entry.counselor_id, shifts::hours(entry))
        };
        let roster: Vec<_> = roster.iter().map(written).collect();
        let [before, after] =
            [-1, 1].map(|days| (night.parse::<NaiveDate>().unwrap() + TimeDelta::days(days)).to_string());
        let expected = [
            format!("{before} ana 8"),
            format!("{night} ana 8"),
            format!("{night} ben {hours}"),
            format!("{after} ben 8"),
            format!("{after} ana 8"),
        ];
        assert_eq!(roster, expected, "the day and the night have changed hands, and no other");
    }
}
