//! Pages the supervisor on call about what waits for a decision, again and again until it is made; once it is overdue,
//! the clinical director too.
//!
//! The subject is a kind of decision: however many there are of a program and kind, they are one page with a count. Runs
//! again from its start at any moment: the id of a page follows from the page before it, so that a receiver knows one
//! that is sent again after a crash.

use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::{join_all, try_join_all};
use harborline_duties::{Done, DutyError, DutyRun};
use harborline_notify::{NotifyError, Page, PageKind};
use harborline_types::{ContactId, PersonId, RequestId};

use super::assess;
use crate::app::App;
use crate::domain::contact::Contact;
use crate::domain::decision::DecisionKind;
use crate::store::{self, ToDecide};

/// Decisions that open within this time after a page are in the next one.
const TOGETHER: TimeDelta = TimeDelta::seconds(15);

pub(super) async fn run(app: Arc<App>, duty: DutyRun) -> Result<Done, DutyError> {
    let kind: DecisionKind = duty.subject_id()?;
    ask_triage_first(&app, &duty, kind).await?;
    let Some(waiting) = store::decisions_to_make(app.store.reader(&duty.scope), &duty.scope, kind).await? else {
        return Ok(Done::Finished);
    };
    let now = app.now();
    let pause = if waiting.unpaged > 0 { TOGETHER } else { app.decisions.page_again_after };
    let next = waiting.paged_at.map_or(now, |paged_at| paged_at + pause);
    if next > now {
        return Ok(Done::Again(next));
    }
    let pages = people(&app, &duty, &waiting).await?;
    let pages: Vec<_> = pages.into_iter().map(|(why, who)| page(&app, &duty, &waiting, why, who)).collect();
    // At once: one after another, two slow answers could outlast the duty's lease.
    try_join_all(pages.iter().map(|page| send(&app, page))).await?;
    let mut tx = app.store.begin(&duty.scope).await?;
    store::decisions_paged(&mut tx, &duty.scope, kind, waiting.newest, now).await?;
    tx.commit().await?;
    Ok(Done::Again(now + app.decisions.page_again_after))
}

/// A caller who left before triage had answered was taken for urgent: triage may know better before anybody is woken. It
/// is asked about all of them at once, for a second; without its word the page goes out.
async fn ask_triage_first(app: &App, duty: &DutyRun, kind: DecisionKind) -> Result<(), DutyError> {
    if kind != DecisionKind::BrokenOff {
        return Ok(());
    }
    let unassessed = store::decisions_unassessed(app.store.reader(&duty.scope), &duty.scope).await?;
    let asked = join_all(unassessed.into_iter().map(|id| ask_triage(app, duty, id)));
    let _ = tokio::time::timeout(assess::PATIENCE, asked).await;
    Ok(())
}

async fn ask_triage(app: &App, duty: &DutyRun, id: ContactId) -> Result<(), DutyError> {
    let keys = app.store.keys(&duty.scope).await?;
    let contact = store::contact_find(app.store.reader(&duty.scope), &keys, &duty.scope, id).await?;
    if let Some(contact) = contact.filter(Contact::awaits_triage) {
        assess::tell(app, duty, contact).await?;
    }
    Ok(())
}

/// Whom to page, about what: the supervisor on call, and the clinical director once a decision is overdue.
async fn people(app: &App, duty: &DutyRun, waiting: &ToDecide) -> Result<Vec<(PageKind, Option<PersonId>)>, DutyError> {
    let program = store::program_get(app.store.reader(&duty.scope), &duty.scope).await?;
    let program = program.ok_or_else(|| DutyError::lasting("the program does not exist"))?;
    let mut people = vec![(PageKind::DecisionNeeded, program.supervisor.map(|supervisor| supervisor.id))];
    if waiting.oldest_at + app.decisions.decide_within <= app.now() {
        people.push((PageKind::DecisionOverdue, Some(program.clinical_director.id)));
    }
    Ok(people)
}

fn page(app: &App, duty: &DutyRun, waiting: &ToDecide, kind: PageKind, person: Option<PersonId>) -> Page {
    let program = duty.scope.program();
    let before = waiting.paged_at.map_or(0, |paged_at| paged_at.timestamp_micros());
    let subject = format_args!("{program}/{}/{kind:?}/{}/{before}/{}", duty.subject, waiting.newest, waiting.oldest_at);
    Page {
        id: RequestId::derived("page", subject).0,
        kind,
        program,
        supervisor: person,
        ticket: None,
        contact: waiting.contact,
        count: waiting.open,
        acuity: waiting.acuity,
        waited: (app.now() - waiting.oldest_at).to_std().unwrap_or_default(),
        at: app.now(),
    }
}

/// Sends one page. A receiver that refuses is tried again for ever: somebody must decide.
async fn send(app: &App, page: &Page) -> Result<(), DutyError> {
    match app.notifier.page(page).await {
        Ok(()) => {
            harborline_telemetry::metrics::page("page_delivered");
            Ok(())
        }
        Err(NotifyError::Nobody) => {
            harborline_telemetry::metrics::page("page_failed");
            tracing::warn!(
                count = page.count,
                "nobody is paged though a supervisor must decide: no receiver of pages is configured"
            );
            Ok(())
        }
        Err(error @ NotifyError::Lasting(_)) => {
            tracing::error!(reason = %error, "the supervisor on call cannot be paged");
            Err(DutyError::passing(error.to_string()))
        }
        Err(error @ NotifyError::Passing { .. }) => Err(DutyError::passing(error.to_string())),
    }
}
