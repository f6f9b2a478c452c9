//! Plays the moves, and notes in the model what their answers say.

use harborline_proto::availability::v1 as pb;
use harborline_proto::common::v1::Reason;
use harborline_status::reason_of;
use harborline_types::ContactId;
use prost::Message;
use tonic::Status;
use uuid::Uuid;

use super::books::{Books, TicketRow};
use super::cast::{ROSTER, need};
use super::failing;
use super::moves::{Caller, Move};
use super::reference::{Contact, Day, Stage};
use super::said::{Asks, Said};
use super::world::World;
use crate::fixture::id;

/// The most devices of one counselor.
const DEVICES: usize = 3;

/// An open offer of a contact.
struct Open {
    contact: Uuid,
    who: usize,
    offer_id: String,
}

impl Open {
    fn of(row: &TicketRow) -> Option<Self> {
        let who = ROSTER.iter().position(|person| row.counselor_id.as_deref() == Some(person.name))?;
        Some(Self { contact: row.contact_id, who, offer_id: row.offer_id?.to_string() })
    }

    fn accept(&self) -> Asks {
        Asks::Accept(pb::AcceptOfferRequest { request_id: id(), offer_id: self.offer_id.clone() })
    }
}

/// The fault of a call that must not be refused.
fn refused(status: Status) -> String {
    format!("refused: {:?} {}", reason_of(&status), status.message())
}

/// Whether one of two calls has the contact and the other was refused since the offer is closed.
fn only_one(answers: &[Result<Vec<u8>, Status>]) -> bool {
    let closed = |answer: &&Result<Vec<u8>, Status>| match answer {
        Ok(_) => false,
        Err(status) => reason_of(status) == Some(Reason::OfferClosed),
    };
    answers.iter().filter(|answer| answer.is_ok()).count() == 1 && answers.iter().filter(closed).count() == 1
}

impl World {
    /// Makes a move, if there is a contact or a counselor for it. True when all its calls were answered.
    pub(super) async fn play(&mut self, step: &Move, books: &Books) -> Result<bool, String> {
        match step.clone() {
            Move::Come(callers) => self.come(&callers).await?,
            Move::Raise { which, acuity } => self.raise(which, acuity).await?,
            Move::HangUp { which, through } => {
                self.hang_up(which, through).await?;
            }
            Move::AddDevice { who, at } => self.add_device(who, at).await,
            Move::LoseDevice { who } => {
                let lost = self.devices.iter().position(|device| device.who == who);
                drop(lost.map(|index| self.devices.remove(index)));
            }
            Move::Vanish { who } => {
                self.vanish(who).await;
                return Ok(false);
            }
            Move::Break { who, on } => self.set_break(who, on).await?,
            Move::GoHome { who } => self.go_home(who).await?,
            Move::Accept { which, through } => self.accept(self.offered(books, which), through).await?,
            Move::AcceptTwice { which, same_call } => self.accept_twice(self.offered(books, which), same_call).await?,
            Move::AcceptAndHangUp { which, through } => {
                self.accept_and_hang_up(self.offered(books, which), through).await?;
            }
            Move::Decline { which, through, and_steal } => {
                self.decline(self.offered(books, which), through).await?;
                if and_steal {
                    self.steal_the_lease().await;
                }
            }
            Move::StaySilent { which } => self.stay_silent(self.offered(books, which)).await,
            Move::Release { which, through } => self.release(which, through).await?,
            Move::WrapUp { which, through } => self.wrap_up(which, through).await?,
            Move::AskForTransferAndCancel { which, who, through } => self.ask_and_cancel(which, who, through).await?,
            Move::Repeat { through } => self.repeat(through).await?,
            Move::KillTheMatcher => self.kill_the_matcher().await,
            Move::StealTheLease => self.steal_the_lease().await,
            Move::FailStatements { times } => failing::fail_next(&self.database, times).await,
            Move::CutConnections => self.cut_connections().await,
        }
        Ok(true)
    }

    /// An open offer whose counselor has a device.
    fn offered(&self, books: &Books, which: usize) -> Option<Open> {
        let open: Vec<_> = books.in_state("offered").into_iter().filter_map(Open::of).collect();
        let mut seen: Vec<_> = open.into_iter().filter(|open| self.has_device(open.who)).collect();
        let index = which.checked_rem(seen.len())?;
        Some(seen.swap_remove(index))
    }

    async fn come(&mut self, callers: &[Caller]) -> Result<(), String> {
        let mut calls = Vec::new();
        for Caller { acuity, need: number, through } in callers {
            let contact = ContactId::new();
            let asks = Asks::Counselor(pb::RequestCounselorRequest {
                request_id: id(),
                contact_id: contact.to_string(),
                acuity: *acuity,
                need: Some(need(*number)),
                ..pb::RequestCounselorRequest::default()
            });
            calls.push((Said { by: self.given.intake_call(), asks }, *through));
            let acuity = i16::try_from(*acuity).unwrap();
            let (first_acuity, stage, caller_left) = (acuity, Stage::Waits, false);
            self.model.contacts.push(Contact { id: contact, acuity, first_acuity, stage, caller_left });
        }
        for answer in self.ask_at_once(calls).await {
            answer.map_err(refused)?;
        }
        Ok(())
    }

    async fn raise(&mut self, which: usize, acuity: i32) -> Result<(), String> {
        let open = |stage: &Stage| matches!(stage, Stage::Waits | Stage::With(_));
        let Some(contact) = self.model.pick(which, open) else { return Ok(()) };
        contact.acuity = contact.acuity.min(i16::try_from(acuity).unwrap());
        let contact_id = contact.id.to_string();
        let asks = Asks::Raise(pb::RaiseTicketRequest {
            request_id: id(),
            contact_id,
            acuity,
            need: None,
            caller_is_back: false,
        });
        self.ask(&self.given.intake_call(), asks, 0).await.map_err(refused)?;
        Ok(())
    }

    /// False when no contact waits.
    pub(super) async fn hang_up(&mut self, which: usize, through: usize) -> Result<bool, String> {
        let Some(contact) = self.model.pick(which, |stage| *stage == Stage::Waits) else { return Ok(false) };
        contact.stage = Stage::Left;
        let contact_id = contact.id.to_string();
        let asks = Asks::Withdraw(pb::WithdrawTicketRequest { request_id: id(), contact_id, handed_off: false });
        let answer = self.ask(&self.given.intake_call(), asks, through).await.map_err(refused)?;
        match pb::WithdrawTicketResponse::decode(answer.as_slice()) {
            Ok(answer) if answer.withdrawn => Ok(true),
            _ => Err("a waiting caller could not leave".to_owned()),
        }
    }

    async fn add_device(&mut self, who: usize, at: usize) {
        let devices = self.devices.iter().filter(|device| device.who == who).count();
        if devices < DEVICES && !self.model.days[who].is_leaving {
            self.attend(who, at).await;
            self.model.days[who].is_on_duty = true;
        }
    }

    async fn vanish(&mut self, who: usize) {
        if !self.model.days[who].is_on_duty || self.model.days[who].is_leaving {
            return;
        }
        self.devices.retain(|device| device.who != who);
        let alone = "select disconnected_at is not null from presence where counselor_id = $1";
        self.until("every device is gone", alone, ROSTER[who].name).await;
        let long_ago = "update presence set disconnected_at = now() - interval '2 hours' where counselor_id = $1";
        sqlx::query(long_ago).bind(ROSTER[who].name).execute(&self.database).await.unwrap();
        self.steal_the_lease().await;
        self.model.vanished(who);
    }

    fn is_at_work(&self, who: usize) -> bool {
        self.has_device(who) && !self.model.days[who].is_leaving
    }

    async fn set_break(&mut self, who: usize, on_break: bool) -> Result<(), String> {
        if self.is_at_work(who) {
            let asks = Asks::SetBreak(pb::SetBreakRequest { request_id: id(), on_break });
            self.ask(&self.call_of(who), asks, 0).await.map_err(refused)?;
            self.model.days[who] = Day { is_on_break: on_break, silent: 0, ..self.model.days[who] };
        }
        Ok(())
    }

    async fn go_home(&mut self, who: usize) -> Result<(), String> {
        if self.is_at_work(who) {
            let asks = Asks::LeaveShift(pb::LeaveShiftRequest { request_id: id() });
            self.ask(&self.call_of(who), asks, 1).await.map_err(refused)?;
            self.model.days[who].is_leaving = true;
        }
        Ok(())
    }

    async fn accept(&mut self, open: Option<Open>, through: usize) -> Result<(), String> {
        let Some(open) = open else { return Ok(()) };
        self.ask(&self.call_of(open.who), open.accept(), through).await.map_err(refused)?;
        self.has_it(&open);
        Ok(())
    }

    fn has_it(&mut self, open: &Open) {
        self.model.contact(open.contact).stage = Stage::With(open.who);
        self.model.answered(open.who);
    }

    async fn accept_twice(&mut self, open: Option<Open>, same_call: bool) -> Result<(), String> {
        let Some(open) = open else { return Ok(()) };
        let first = open.accept();
        let second = if same_call { first.clone() } else { open.accept() };
        let said = |asks| Said { by: self.call_of(open.who), asks };
        let calls = vec![(said(first), 0), (said(second), 1)];
        let answers = self.ask_at_once(calls).await;
        let as_promised = match answers.as_slice() {
            [Ok(one), Ok(other)] => same_call && one == other,
            _ => !same_call && only_one(&answers),
        };
        self.has_it(&open);
        if as_promised { Ok(()) } else { Err(format!("two accepts were answered {answers:?}")) }
    }

    async fn accept_and_hang_up(&mut self, open: Option<Open>, through: usize) -> Result<(), String> {
        let Some(open) = open else { return Ok(()) };
        let contact_id = open.contact.to_string();
        let asks = Asks::Withdraw(pb::WithdrawTicketRequest { request_id: id(), contact_id, handed_off: false });
        let withdraw = Said { by: self.given.intake_call(), asks };
        let accept = Said { by: self.call_of(open.who), asks: open.accept() };
        let answers = self.ask_at_once(vec![(withdraw, through), (accept, 1 - through)]).await;
        let [Ok(left), accepted] = answers.as_slice() else { return Err(format!("answered {answers:?}")) };
        let left = pb::WithdrawTicketResponse::decode(left.as_slice()).is_ok_and(|answer| answer.withdrawn);
        match accepted {
            Ok(_) if !left => {
                self.has_it(&open);
                self.model.contact(open.contact).caller_left = true;
            }
            Err(status) if left && reason_of(status) == Some(Reason::OfferClosed) => {
                self.model.contact(open.contact).stage = Stage::Left;
            }
            _ => return Err(format!("the caller left: {left}, and the counselor was answered {accepted:?}")),
        }
        Ok(())
    }

    async fn decline(&mut self, open: Option<Open>, through: usize) -> Result<(), String> {
        let Some(open) = open else { return Ok(()) };
        let reason = pb::DeclineReason::Conflict.into();
        let asks = Asks::Decline(pb::DeclineOfferRequest { request_id: id(), offer_id: open.offer_id, reason });
        self.ask(&self.call_of(open.who), asks, through).await.map_err(refused)?;
        self.model.answered(open.who);
        Ok(())
    }

    async fn stay_silent(&mut self, open: Option<Open>) {
        let Some(open) = open else { return };
        let over = "update offer set expires_at = now() where offer_id = $1::uuid";
        sqlx::query(over).bind(&open.offer_id).execute(&self.database).await.unwrap();
        self.steal_the_lease().await;
        self.model.stayed_silent(open.who);
    }

    async fn release(&mut self, which: usize, through: usize) -> Result<(), String> {
        let Some(contact) = self.model.pick(which, |stage| matches!(stage, Stage::With(_))) else { return Ok(()) };
        if let Stage::With(who) = contact.stage {
            contact.stage = Stage::WrapsUp(who);
        }
        let asks = Asks::Release(pb::ReleaseCounselorRequest { request_id: id(), contact_id: contact.id.to_string() });
        self.ask(&self.given.intake_call(), asks, through).await.map_err(refused)?;
        Ok(())
    }

    async fn wrap_up(&mut self, which: usize, through: usize) -> Result<(), String> {
        let Some(contact) = self.model.pick(which, |stage| matches!(stage, Stage::WrapsUp(_))) else { return Ok(()) };
        let Stage::WrapsUp(who) = std::mem::replace(&mut contact.stage, Stage::Over) else { return Ok(()) };
        let contact_id = contact.id.to_string();
        let asks = Asks::FinishWrapUp(pb::FinishWrapUpRequest { request_id: id(), contact_id });
        self.ask(&self.call_of(who), asks, through).await.map_err(refused)?;
        Ok(())
    }

    async fn ask_and_cancel(&mut self, which: usize, who: usize, through: usize) -> Result<(), String> {
        let Some(contact) = self.model.pick(which, |stage| matches!(stage, Stage::With(_))) else { return Ok(()) };
        let (contact_id, Stage::With(giver)) = (contact.id.to_string(), contact.stage.clone()) else { return Ok(()) };
        if giver == who {
            return Ok(());
        }
        let target = pb::target::Who::CounselorId(ROSTER[who].name.to_owned());
        let transfer = pb::RequestTransferRequest {
            request_id: id(),
            contact_id: contact_id.clone(),
            kind: pb::TransferKind::Cold.into(),
            target: Some(pb::Target { who: Some(target) }),
            asked_for: pb::AskedFor::ShiftEnd.into(),
        };
        let by = self.call_of(giver);
        self.ask(&by, Asks::Transfer(transfer), through).await.map_err(refused)?;
        let cancel = pb::CancelTransferRequest { request_id: id(), contact_id };
        self.ask(&by, Asks::CancelTransfer(cancel), 1 - through).await.map_err(refused)?;
        Ok(())
    }

    /// Accepts all offers, ends all conversations, and finishes all wrap-ups.
    pub(super) async fn end_what_is_open(&mut self, books: &Books) -> Result<(), String> {
        for open in books.in_state("offered").into_iter().filter_map(Open::of) {
            self.accept(Some(open), 0).await?;
        }
        for _ in 0..self.model.contacts.len() {
            self.release(0, 1).await?;
            self.wrap_up(0, 0).await?;
        }
        Ok(())
    }
}
