//! The supervisor on call is paged, and again while nobody takes the contact.
//!
//! Runs again from the start at any moment: which page is due follows from the ticket and from what is on record, and the
//! same page always has the same delivery id. If this process dies between the receiver's answer and our record of it,
//! the page is sent once more, and the receiver knows it by that id.

use std::sync::Arc;

use harborline_duties::{Done, DutyError, DutyRun};
use harborline_notify::{NotifyError, Page, PageKind};
use harborline_store::StoreError;
use harborline_types::{RequestId, TicketId};

use crate::app::App;
use crate::domain::{FIRST, NextPage, PageOutcome, PagedWait};
use crate::paging::Sent;
use crate::store;

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let (ticket, step) = read_subject(&run.subject)?;
    let wait = store::paged_wait_get(&app.store, &run.scope, ticket, step).await?;
    let wait = wait.ok_or_else(|| DutyError::lasting("the supervisor was not paged at this step"))?;
    let ladder = Ladder { app: &app, run: &run, ticket, step };
    match wait.next(app.paging.again_after()) {
        NextPage::Send(page) => ladder.climb(&wait, page).await,
        NextPage::Wait(until) => Ok(Done::Again(app.clock.at(until))),
        NextPage::Nothing => Ok(Done::Finished),
        NextPage::Skip(page) => {
            ladder.record(page, PageOutcome::Skipped).await?;
            Ok(Done::Finished)
        }
        // Not sent any more, but not forgotten: it is parked for somebody to look.
        NextPage::Refused => Err(DutyError::lasting("the receiver refused the pages for a wait that is over")),
    }
}

/// Reads `<ticket>/<step>`.
fn read_subject(subject: &str) -> Result<(TicketId, i32), DutyError> {
    let parts = subject.split_once('/');
    let read = parts.and_then(|(ticket, step)| Some((ticket.parse().ok()?, step.parse().ok()?)));
    read.ok_or_else(|| DutyError::lasting("the subject is not a step of a ticket"))
}

/// The pages of one wait.
struct Ladder<'a> {
    app: &'a App,
    run: &'a DutyRun,
    ticket: TicketId,
    step: i32,
}

impl Ladder<'_> {
    /// Sends the page that is due, and says when there is more to do.
    async fn climb(&self, wait: &PagedWait, page: i16) -> Result<Done, DutyError> {
        let sent = self.app.paging.send(&self.page(wait, page).await?).await;
        let second_at = || Done::Again(self.app.clock.at(wait.due_again(self.app.paging.again_after())));
        match sent {
            Sent::Taken => {
                self.record(page, PageOutcome::Delivered).await?;
                Ok(if page == FIRST { second_at() } else { Done::Finished })
            }
            Sent::Nobody => {
                self.record(page, PageOutcome::Failed).await?;
                Ok(Done::Finished)
            }
            Sent::Later(error) => Err(error),
            Sent::Refused(refused) => {
                if self.record(page, PageOutcome::Failed).await? {
                    self.alert(refused);
                }
                match PagedWait::gives_way(page, self.run.attempt) {
                    true => Ok(second_at()),
                    false => Err(DutyError::lasting(refused.to_string())),
                }
            }
        }
    }

    async fn page(&self, wait: &PagedWait, page: i16) -> Result<Page, StoreError> {
        let program = self.run.scope.program();
        let on_call = store::on_call_get(&self.app.store, &self.run.scope).await?;
        Ok(Page {
            id: RequestId::derived("page", format_args!("{program}/{}/{}/{page}", self.ticket, self.step)).0,
            kind: if page == FIRST { PageKind::ContactWaiting } else { PageKind::ContactStillWaiting },
            program,
            supervisor: on_call.map(|on_call| on_call.supervisor.id),
            ticket: self.ticket,
            contact: wait.contact,
            acuity: wait.acuity,
            waited: wait.waited(),
            at: wait.now,
        })
    }

    /// Whether this was news.
    async fn record(&self, page: i16, outcome: PageOutcome) -> Result<bool, StoreError> {
        let mut tx = self.app.store.begin(&self.run.scope).await?;
        let is_new = store::page_outcome_add(&mut tx, &self.run.scope, self.ticket, self.step, page, outcome).await?;
        tx.commit().await?;
        if is_new {
            harborline_telemetry::metrics::page(outcome.as_str());
        }
        Ok(is_new)
    }

    /// At the first refusal, not only when the duty is parked: by then the contact is with the backup line.
    fn alert(&self, refused: NotifyError) {
        tracing::error!(harborline.ticket.id = %self.ticket, reason = %refused, "the supervisor on call cannot be paged");
    }
}
