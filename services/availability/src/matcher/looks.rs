//! What a matcher has to read again, as hints tell it.

use std::collections::BTreeSet;

use harborline_identity::ProgramScope;
use harborline_store::{Bound, StoreError};
use harborline_types::{PersonId, Timestamp};
use uuid::Uuid;

use crate::domain::matcher::Pool;
use crate::settings::DispatchSettings;
use crate::store::{self, Held, Post};

/// What to read again.
#[derive(Default)]
pub(super) struct Looks {
    /// Who came, went, or can do something else.
    pub(super) counselors: BTreeSet<PersonId>,
    /// When the replicas were heard.
    pub(super) replicas: bool,
    /// The response times.
    pub(super) times: bool,
    /// Who is supervisor on call.
    pub(super) on_call: bool,
    /// What is posted.
    pub(super) posts: bool,
    /// What was asked by hints.
    pub(super) asked: Vec<Post>,
    /// Streams that are broken, before their rows say so.
    pub(super) broken: Vec<(PersonId, Uuid)>,
    /// Hints were missed.
    pub(super) everything: bool,
    /// Who was looked at, and whose stream may have missed what was decided while it was elsewhere.
    pub(super) seen: BTreeSet<PersonId>,
}

impl Looks {
    /// Notes a hint below the pool's key.
    pub(super) fn note(&mut self, hint: Option<&str>) {
        match hint {
            Some("post") => self.posts = true,
            Some("times") => self.times = true,
            Some("on-call") => self.on_call = true,
            Some(other) => {
                let counselor = other.strip_prefix("counselor/").and_then(PersonId::parse);
                self.everything |= counselor.is_none();
                self.counselors.extend(counselor);
            }
            None => {
                self.everything = true;
                self.posts = true;
            }
        }
    }

    /// Notes what another replica asks. What cannot be read, or was missed, is asked again by a row.
    pub(super) fn note_ask(&mut self, hint: Option<&str>) {
        self.asked.extend(hint.and_then(Post::read));
    }

    /// Reads it into the pool, the posts aside.
    pub(super) async fn look(
        &mut self,
        bound: &mut Bound,
        scope: &ProgramScope,
        settings: &DispatchSettings,
        (pool, held): (&mut Pool, Held),
        (now, today): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        if self.times {
            pool.set_times(store::times(bound.conn(), scope, settings).await?);
        }
        if self.on_call {
            pool.set_on_call(store::on_call_person(bound.conn(), scope).await?);
        }
        if self.replicas || !self.counselors.is_empty() {
            for (replica, at) in store::replicas(bound.conn(), scope, held).await? {
                pool.heard(replica, at);
            }
        }
        if !self.counselors.is_empty() {
            let looked_for: Vec<PersonId> = std::mem::take(&mut self.counselors).into_iter().collect();
            let found = store::on_duty(bound.conn(), scope, Some(&looked_for)).await?;
            let present: BTreeSet<_> = found.iter().map(|on_duty| on_duty.counselor.id.clone()).collect();
            found.into_iter().for_each(|on_duty| pool.on_duty(on_duty, today));
            looked_for.iter().filter(|id| !present.contains(*id)).for_each(|id| pool.off_duty(id, today));
            self.seen.extend(looked_for);
        }
        for (counselor, session) in self.broken.drain(..) {
            pool.stream_broke(&counselor, session, now);
        }
        (self.times, self.replicas, self.on_call) = (false, false, false);
        Ok(())
    }
}
