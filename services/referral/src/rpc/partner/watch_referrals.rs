//! Sends the referrals that concern this clinic: what is open, then each change in the order of the cursor.
//!
//! A cursor names the clinic and the number of a change. Numbers become visible in their order (`store::clinic`), so
//! a clinic that reads on behind the last one has missed nothing. Nothing is held between two messages: no transaction, no
//! connection.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use futures::stream::{self, BoxStream};
use harborline_identity::{Call, ClinicScope, Subject};
use harborline_proto::partner::v1 as pb;
use harborline_runtime::split;
use harborline_status::ServiceError;
use harborline_store::{PageToken, StoreError, Watch};
use harborline_types::FacilityId;
use tonic::{Request, Status};

use super::disclosure::streamed;
use crate::app::App;
use crate::error::ReferralError;
use crate::store::{self, ClinicChange};

/// Changes read at once.
const BATCH: i64 = 100;

pub(super) type Answers = BoxStream<'static, Result<pb::WatchReferralsResponse, Status>>;

pub(super) async fn handle(
    app: &Arc<App>,
    request: Request<pb::WatchReferralsRequest>,
) -> Result<Answers, ReferralError> {
    let (call, request) = split(request)?;
    let cursor: Option<Cursor> = PageToken::parse(&request.cursor)?.position()?;
    let clinic = call.clinic_scope()?;

    // Watching begins before reading, so that no change falls between.
    let watch = app.store.watch(store::clinic_hint(clinic.program(), clinic.clinic()));
    let last = store::clinic_last_change(&app.store, &clinic).await?;
    let (position, open) = match cursor {
        Some(cursor) => (cursor.checked(&clinic, last)?, Vec::new()),
        None => (last, store::clinic_open(&app.store, &clinic, last).await?),
    };
    open.iter().for_each(|change| call.concerns(Subject::Contact(change.view.contact)));
    let watching = Watching { app: app.clone(), call, clinic, watch, position, ready: open.into() };
    let answers = stream::try_unfold(watching, |mut watching| async move {
        let change = watching.next().await.map_err(ServiceError::from)?;
        let answer = watching.answer(change).await.map_err(ServiceError::from)?;
        Ok(Some((answer, watching)))
    });
    Ok(Box::pin(app.streams.limit(answers)))
}

/// A stream's place in the changes of its clinic.
struct Watching {
    app: Arc<App>,
    call: Call,
    clinic: ClinicScope,
    watch: Watch,
    /// The last change that was read.
    position: i64,
    /// Read and not sent.
    ready: VecDeque<ClinicChange>,
}

impl Watching {
    /// The next change, waiting for it as long as it takes.
    async fn next(&mut self) -> Result<ClinicChange, StoreError> {
        loop {
            if let Some(change) = self.ready.pop_front() {
                return Ok(change);
            }
            let changes = store::clinic_changes(&self.app.store, &self.clinic, self.position, BATCH).await?;
            match changes.last() {
                Some(last) => self.position = last.change,
                None => self.watch.changed().await,
            }
            self.ready = changes.into();
        }
    }

    async fn answer(&self, change: ClinicChange) -> Result<pb::WatchReferralsResponse, ReferralError> {
        let cursor = PageToken::write(Cursor { clinic: self.clinic.clinic(), change: change.change });
        let referral = streamed(&self.app, &self.call, &self.clinic, change.view).await?;
        Ok(pb::WatchReferralsResponse { referral: Some(referral), cursor })
    }
}

/// A place in the changes of one clinic.
struct Cursor {
    clinic: FacilityId,
    change: i64,
}

impl Cursor {
    /// The change, if this clinic's stream can have given this cursor.
    fn checked(self, clinic: &ClinicScope, last: i64) -> Result<i64, StoreError> {
        let given = self.clinic == clinic.clinic() && (1..=last).contains(&self.change);
        if given { Ok(self.change) } else { Err(StoreError::CursorInvalid) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.clinic, self.change)
    }
}

impl FromStr for Cursor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (clinic, change) = text.split_once('/').ok_or(StoreError::CursorInvalid)?;
        let clinic = clinic.parse().map_err(|_| StoreError::CursorInvalid)?;
        Ok(Self { clinic, change: change.parse().map_err(|_| StoreError::CursorInvalid)? })
    }
}
