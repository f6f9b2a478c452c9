//! Pages the supervisor on call, and then one person of the on-call ladder after the other, until a counselor takes the
//! contact.
//!
//! May run again from the start at any moment: the ticket and the recorded outcomes say which page is due, and the same
//! page always has the same delivery id. If this process dies between the receiver's answer and our record of it, the
//! page is sent once more, and the receiver recognizes the id.

use std::sync::Arc;

use chrono::TimeDelta;
use harborline_duties::{Done, DutyError, DutyRun};
use harborline_identity::ProgramScope;
use harborline_notify::{NotifyError, Page, PageKind};
use harborline_store::StoreError;
use harborline_types::{Budget, PersonId, RequestId, TicketId};

use crate::app::App;
use crate::domain::shift::ladder;
use crate::domain::task::TicketStep;
use crate::domain::{FIRST, MOST, NextPage, PageLadder, PageOutcome, PagedWait, Span};
use crate::error::AvailabilityError;
use crate::paging::Sent;
use crate::{planned, store};

pub(super) async fn run(app: Arc<App>, run: DutyRun) -> Result<Done, DutyError> {
    let TicketStep { ticket, step } = run.subject_id()?;
    let people = people(&app, run.scope).await?;
    let pages = PageLadder { people: people.len(), again_after: app.paging.again_after() };
    let wait = Wait { app: &app, run: &run, ticket, step, people, pages };
    wait.go_on().await
}

/// The people to page, in this order: the supervisor on call, then the others on the ladder now. If the ladder cannot
/// be computed in time, the supervisor alone is paged.
async fn people(app: &Arc<App>, scope: ProgramScope) -> Result<Vec<PersonId>, DutyError> {
    let on_call = store::on_call_get(&app.store, &scope).await?;
    let mut people: Vec<PersonId> = on_call.into_iter().map(|on_call| on_call.supervisor.id).collect();
    let replica = app.clone();
    let work = move |budget| async move { on_ladder(&replica, &scope, &budget).await };
    let on_ladder = match app.own_computations.run(scope.program(), work).await {
        Err(AvailabilityError::TooLarge(_)) => Vec::new(),
        computed => computed.map_err(super::not_computed)?,
    };
    for person in on_ladder {
        if people.len() < usize::from(MOST.unsigned_abs()) && !people.contains(&person) {
            people.push(person);
        }
    }
    Ok(people)
}

/// The people on the on-call ladder now, in its order.
async fn on_ladder(app: &App, scope: &ProgramScope, budget: &dyn Budget) -> Result<Vec<PersonId>, AvailabilityError> {
    let now = app.clock.now();
    let mut tx = app.store.snapshot(scope).await?;
    let rules = store::roster_rules(tx.conn(), scope).await?;
    let Some((rules, moment)) = rules.zip(Span::new(now, now + TimeDelta::minutes(1))) else { return Ok(Vec::new()) };
    let roster = planned::roster(&mut tx, scope, rules.zone, moment, budget).await?;
    Ok(ladder(&roster, now).into_iter().map(|entry| entry.counselor.clone()).collect())
}

/// The pages of one wait.
struct Wait<'a> {
    app: &'a App,
    run: &'a DutyRun,
    ticket: TicketId,
    step: i32,
    people: Vec<PersonId>,
    pages: PageLadder,
}

impl Wait<'_> {
    /// Sends the pages that are due; answers when the next one is.
    async fn go_on(&self) -> Result<Done, DutyError> {
        // Ends, since each page that is delivered is due no more.
        loop {
            let wait = store::paged_wait_get(&self.app.store, &self.run.scope, self.ticket, self.step).await?;
            let wait = wait.ok_or_else(|| DutyError::lasting("the supervisor was not paged at this step"))?;
            match wait.next(self.pages) {
                NextPage::Send(page) => {
                    if let Some(done) = self.send(&wait, page).await? {
                        return Ok(done);
                    }
                }
                NextPage::Wait(until) => return Ok(Done::Again(self.app.clock.at(until))),
                NextPage::Nothing => return Ok(Done::Finished),
                NextPage::Skip(page) => {
                    self.record(page, PageOutcome::Skipped).await?;
                    return Ok(Done::Finished);
                }
                // No page of this wait is needed any more. The duty is parked so that an operator sees that all failed.
                NextPage::Refused => {
                    return Err(DutyError::lasting("the receiver refused the pages for a wait that is over"));
                }
            }
        }
    }

    /// Sends a page. None when the receiver has taken it.
    async fn send(&self, wait: &PagedWait, page: i16) -> Result<Option<Done>, DutyError> {
        match self.app.paging.send(&self.page(wait, page)).await {
            Sent::Taken => {
                self.record(page, PageOutcome::Delivered).await?;
                Ok(None)
            }
            Sent::Nobody => {
                self.record(page, PageOutcome::Failed).await?;
                tracing::warn!(harborline.ticket.id = %self.ticket,
                    "nobody is paged for a contact that waits: no receiver of pages is configured");
                Ok(Some(Done::Finished))
            }
            Sent::Later(error) => Err(error),
            Sent::Refused(refused) => {
                if self.record(page, PageOutcome::Failed).await? {
                    self.alert(refused);
                }
                match wait.gives_way(self.pages, self.run.attempt) {
                    Some(next) => Ok(Some(Done::Again(self.app.clock.at(next)))),
                    None => Err(DutyError::lasting(refused.to_string())),
                }
            }
        }
    }

    fn page(&self, wait: &PagedWait, page: i16) -> Page {
        let program = self.run.scope.program();
        Page {
            id: RequestId::derived("page", format_args!("{program}/{}/{}/{page}", self.ticket, self.step)).0,
            kind: if page == FIRST { PageKind::ContactWaiting } else { PageKind::ContactStillWaiting },
            program,
            supervisor: self.pages.person(page).and_then(|person| self.people.get(person)).cloned(),
            ticket: Some(self.ticket),
            contact: wait.contact,
            count: 1,
            acuity: wait.acuity,
            waited: wait.waited(),
            at: wait.now,
        }
    }

    /// Records an outcome; answers whether it was not on record yet.
    async fn record(&self, page: i16, outcome: PageOutcome) -> Result<bool, StoreError> {
        let mut tx = self.app.store.begin(&self.run.scope).await?;
        let is_new = store::page_outcome_add(&mut tx, &self.run.scope, self.ticket, self.step, page, outcome).await?;
        tx.commit().await?;
        if is_new {
            harborline_telemetry::metrics::page(outcome.as_str());
        }
        Ok(is_new)
    }

    /// Logged at the first refusal and not only when the duty is parked, which may be after the backup line was
    /// offered.
    fn alert(&self, refused: NotifyError) {
        tracing::error!(harborline.ticket.id = %self.ticket, reason = %refused, "the supervisor on call cannot be paged");
    }
}
