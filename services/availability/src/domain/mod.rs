//! Every decision, without IO: total functions from state and `now` to the next state.

mod activity;
mod ageing;
mod counselor;
mod counselor_state;
pub mod coverage;
pub mod expiry;
mod fatigue;
pub mod forecast;
pub mod matcher;
pub mod measures;
mod offer;
mod page;
pub mod shift;
mod span;
pub mod task;
mod ticket;
mod times;
pub mod wallboard;

pub use activity::{Activity, Workload};
pub use ageing::Ageing;
pub use counselor::{Counselor, Credential, Requirements};
pub use counselor_state::{BreakReason, CounselorState, HeldTicket, SILENT_OFFERS, TransferStatus};
pub use fatigue::{FatigueRules, Spared, Strain};
pub use offer::{DeclineReason, NewOffer, OfferRefused, OfferState, answerable};
pub use page::{FIRST, MOST, NextPage, PageLadder, PageOutcome, PagedWait};
pub use span::{Span, Spans};
pub use ticket::{
    AskedFor, Beside, Change, Event, Step, StepRefused, Target, Ticket, TicketEventKind, TicketKind, TicketState,
};
pub use times::ResponseTimes;
