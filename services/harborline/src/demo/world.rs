//! What everybody in the play shares.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use chrono::TimeDelta;
use harborline_types::{Clock, RequestId, Timestamp};
use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};

use super::play::PlayOptions;
use super::scenario::{CallerScript, CounselorScript, Scenario};
use super::view::View;
use crate::clients::{Clients, patiently};

/// The play and its records.
pub(super) struct World {
    pub(super) scenario: Scenario,
    pub(super) clock: Clock,
    /// When the night begins: the times of the scenario count from here.
    pub(super) begins_at: Timestamp,
    pub(super) view: View,
    /// Set when everything has settled, or the time is over: whoever plays goes home.
    pub(super) over: CancellationToken,
    /// The participants' ids, in the scenario's order.
    pub(super) participants: Vec<String>,
    /// The participants' own applications, by the participant.
    applications: BTreeMap<String, Clients>,
    scripts: Mutex<HashMap<String, usize>>,
    opened: Mutex<Vec<Opened>>,
    /// One mutating call in so many is made twice.
    repeat_one_in: u64,
    calls: AtomicU64,
    repeats: Mutex<Repeats>,
    /// By contact: the rules that were shown to its counselor before the first word.
    rules_shown: Mutex<BTreeMap<String, Vec<String>>>,
    /// By counselor: the real instant of the first stream's opening, and how many streams there were.
    attended: Mutex<HashMap<String, (SystemTime, u32)>>,
}

/// Calls that were made twice, to see that they have one effect and one answer.
#[derive(Clone, Default)]
pub(super) struct Repeats {
    /// How often, by the RPC's name.
    pub(super) made: BTreeMap<String, u64>,
    /// What was wrong with them.
    pub(super) broken: Vec<String>,
}

/// A contact that a caller was told is open.
#[derive(Clone)]
pub(super) struct Opened {
    pub(super) contact_id: String,
    /// Which caller of the scenario.
    pub(super) script: usize,
    /// The real instant of the front end's call.
    pub(super) at: SystemTime,
}

impl World {
    pub(super) fn new(
        scenario: Scenario,
        clock: Clock,
        options: PlayOptions,
        applications: Vec<(String, Clients)>,
    ) -> Self {
        // A mesh that took longer to start would else have missed the first hours.
        let begins_at = clock.now().max(scenario.night.starts_at);
        Self {
            scenario,
            clock,
            begins_at,
            view: options.view,
            over: CancellationToken::new(),
            participants: applications.iter().map(|(participant, _)| participant.clone()).collect(),
            applications: applications.into_iter().collect(),
            scripts: Mutex::default(),
            opened: Mutex::default(),
            repeat_one_in: options.repeat_one_in.max(1),
            calls: AtomicU64::new(0),
            repeats: Mutex::default(),
            rules_shown: Mutex::default(),
            attended: Mutex::default(),
        }
    }

    /// A counselor was shown the rules that fire for a contact.
    pub(super) fn rules_were_shown(&self, contact_id: &str, keys: Vec<String>) {
        self.rules_shown.lock().unwrap_or_else(PoisonError::into_inner).insert(contact_id.to_owned(), keys);
    }

    /// The rules that a counselor was shown for a contact.
    pub(super) fn rules_shown(&self, contact_id: &str) -> Vec<String> {
        let shown = self.rules_shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.get(contact_id).cloned().unwrap_or_default()
    }

    /// A participant's own application.
    pub(super) fn application(&self, participant_id: &str) -> Option<&Clients> {
        self.applications.get(participant_id)
    }

    /// Notes what a caller was told: of a caller who had a contact that is open, that one.
    pub(super) fn record_opened(&self, opened: Opened) {
        let is_new = lock(&self.scripts).insert(opened.contact_id.clone(), opened.script).is_none();
        if is_new {
            lock(&self.opened).push(opened);
        }
    }

    pub(super) fn opened(&self) -> Vec<Opened> {
        lock(&self.opened).clone()
    }

    /// What somebody who calls plays, by the contact, or by the one that a follow-up belongs to.
    pub(super) fn script(&self, contact_id: &str) -> Option<&CallerScript> {
        let index = *lock(&self.scripts).get(contact_id)?;
        self.scenario.contacts.get(index)
    }

    /// Lets a time of the scenario's clock pass. False when the play is over before.
    pub(super) async fn pass(&self, time: TimeDelta) -> bool {
        self.pass_until(self.clock.now() + time).await
    }

    /// Waits for an instant of the scenario's clock. False when the play is over before.
    pub(super) async fn pass_until(&self, instant: Timestamp) -> bool {
        tokio::select! {
            () = tokio::time::sleep(self.clock.real_time_until(instant)) => true,
            () = self.over.cancelled() => false,
        }
    }

    /// Makes a mutating call, one in a few of them twice: the second answer must be the first.
    ///
    /// # Errors
    /// A refusal of the first call.
    pub(super) async fn mutate<A, F, R>(&self, what: &str, call: F) -> Result<A, Status>
    where
        A: PartialEq,
        F: Fn() -> R,
        R: Future<Output = Result<Response<A>, Status>>,
    {
        let answer = patiently(&call).await?;
        if self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(self.repeat_one_in) {
            // As if the first answer had been lost on its way.
            let again = patiently(&call).await;
            let mut repeats = lock(&self.repeats);
            *repeats.made.entry(what.to_owned()).or_default() += 1;
            match again {
                Ok(again) if again == answer => {}
                Ok(_) => repeats.broken.push(format!("{what} repeated has another answer")),
                Err(status) => repeats.broken.push(format!("{what} repeated is {:?}", status.code())),
            }
        }
        Ok(answer)
    }

    /// Notes that a counselor's stream has opened.
    pub(super) fn record_attended(&self, counselor: &str) {
        lock(&self.attended).entry(counselor.to_owned()).or_insert((SystemTime::now(), 0)).1 += 1;
    }

    /// The counselors who were on duty all the time from an instant on, and took whatever they were asked.
    pub(super) fn steady(&self) -> BTreeMap<String, SystemTime> {
        let attended = lock(&self.attended);
        let takes_all = |script: &&CounselorScript| {
            script.declines.is_empty() && script.ignores.is_empty() && script.on_duty_until.is_none()
        };
        let since = |script: &CounselorScript| attended.get(&script.name).filter(|(_, streams)| *streams == 1);
        let steady = self.scenario.counselors.iter().filter(takes_all);
        steady.filter_map(|script| Some((script.name.clone(), since(script)?.0))).collect()
    }

    /// The calls that were repeated.
    pub(super) fn repeats(&self) -> Repeats {
        lock(&self.repeats).clone()
    }
}

/// A new request id.
pub(super) fn request_id() -> String {
    RequestId::new().to_string()
}

/// Locks, whatever happened to the last holder: the data are plain records.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
