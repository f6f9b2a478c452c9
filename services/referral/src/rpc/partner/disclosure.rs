//! The summary on its way to a clinic (P6).
//!
//! Intake is asked each time, before anything is written, whether the clinic may be told now; its word is not kept. What
//! is told is on record, with its basis, before it leaves. When intake is silent nothing is told; what the clinic does
//! stands all the same, so that an offer does not lapse because of us.
//!
//! Answers are kept for a week so that a call may be repeated. They are kept without the summary, which is put in on the
//! way out, the first time and each time after: by then a consent may be revoked.

use harborline_contacts::refused;
use harborline_identity::{Act, Call, ClinicScope, Facts, NotedAct, Subject};
use harborline_proto::partner::v1 as pb;
use harborline_status::{Reason, ServiceError};
use harborline_store::Tx;
use harborline_types::wire::WireEnum;
use harborline_types::{ReferralId, RequestId};
use uuid::Uuid;

use crate::app::App;
use crate::domain::disclosure::{Grant, Permitted, Verdict};
use crate::domain::{ClinicView, OfferState, Referral};
use crate::error::ReferralError;
use crate::ports::MayTell;
use crate::store::{self, Tellable};
use crate::wire;

/// What the clinic sees of a referral, as it may be kept.
pub(super) fn kept(referral: &Referral, clinic: &ClinicScope) -> Option<pb::Referral> {
    referral.seen_by(clinic.clinic()).map(wire::clinic_referral)
}

/// Asks the policy, knowing whether the referral was offered to this clinic. One that was not is none for it.
pub(super) fn offered_to(call: &Call, clinic: &ClinicScope, referral: &Referral) -> Result<(), ReferralError> {
    let is_own = referral.seen_by(clinic.clinic()).is_some();
    if !is_own {
        return Err(ReferralError::NotFound(referral.id));
    }
    Ok(call.permit(&Facts { is_own, ..Facts::default() })?)
}

/// One act of telling a clinic, decided by intake a moment ago.
pub(super) struct Telling {
    /// The same for each repetition of a call.
    id: Uuid,
    told: Tellable,
    verdict: Result<Verdict, ServiceError>,
}

impl Telling {
    /// Asks about what a call that may be repeated will answer with; nothing to ask about when the clinic was never
    /// asked for this referral.
    pub(super) async fn of_call(
        app: &App,
        clinic: &ClinicScope,
        referral: ReferralId,
        request: RequestId,
    ) -> Result<Option<Self>, ReferralError> {
        let id = RequestId::derived("disclosure", format_args!("{request}/{}", clinic.clinic()));
        Self::ask(app, clinic, referral, id.0).await
    }

    /// Asks about what a reading shows.
    pub(super) async fn of_reading(
        app: &App,
        clinic: &ClinicScope,
        referral: ReferralId,
    ) -> Result<Option<Self>, ReferralError> {
        Self::ask(app, clinic, referral, Uuid::now_v7()).await
    }

    async fn ask(
        app: &App,
        clinic: &ClinicScope,
        referral: ReferralId,
        id: Uuid,
    ) -> Result<Option<Self>, ReferralError> {
        let Some(told) = store::tellable(&app.store, clinic, referral).await? else { return Ok(None) };
        let question = MayTell {
            contact: told.contact,
            facility: clinic.clinic(),
            gives_care: told.gives_care,
            classes: told.classes.clone(),
        };
        let not_found = || ServiceError::not_found(Reason::ContactNotFound, "contact", told.contact);
        let verdict = app.intake.check_disclosure(clinic.program(), question).await;
        let verdict = verdict.map_err(|status| refused(status, not_found));
        Ok(Some(Self { id, told, verdict }))
    }

    fn permitted(&self) -> Option<&Permitted> {
        match &self.verdict {
            Ok(Verdict::Permitted(permitted)) => Some(permitted),
            Ok(Verdict::Refused(..)) | Err(_) => None,
        }
    }

    /// Puts the disclosure on record in a transaction, and notes it for the call's row in the audit. Answers whether
    /// there is one that is not on record yet.
    pub(super) async fn record(
        &self,
        app: &App,
        call: &Call,
        tx: &mut Tx,
        clinic: &ClinicScope,
    ) -> Result<bool, ReferralError> {
        let Some(permitted) = self.permitted() else { return Ok(false) };
        let basis = permitted.ground().map(ground);
        // Told again on another ground, it is another disclosure.
        let id = RequestId::derived("disclosure", format_args!("{}/{}", self.id, basis.as_deref().unwrap_or_default()));
        let is_new = store::disclosure_insert(tx, clinic, id.0, &self.told, permitted, app.clock.now()).await?;
        call.concerns(Subject::Contact(self.told.contact));
        if let Some(participant) = self.told.participant {
            call.concerns(Subject::Participant(participant));
        }
        let recipient = Some(clinic.clinic().to_string());
        call.note_act(NotedAct { act: Act::Disclose, recipient, basis });
        Ok(is_new)
    }

    /// Puts the disclosure on record as an act beside the call's own, which is on record already.
    async fn record_alone(&self, app: &App, call: &Call, clinic: &ClinicScope) -> Result<(), ReferralError> {
        let act = call.further_act();
        let mut tx = app.store.begin(clinic.program()).await?;
        if self.record(app, &act, &mut tx, clinic).await? {
            tx.put_on_record(&act).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// A referral with the summary that is permitted, which is on record, or with the reason why it is not there.
    ///
    /// # Errors
    /// That intake did not answer.
    pub(super) async fn answer(
        self,
        app: &App,
        clinic: &ClinicScope,
        referral: pb::Referral,
    ) -> Result<pb::Referral, ReferralError> {
        match self.verdict? {
            Verdict::Refused(refusal, _) => Ok(pb::Referral { withheld: wire::withheld(refusal).into(), ..referral }),
            Verdict::Permitted(permitted) => {
                let summary = store::referral_summary(&app.store, clinic.program(), self.told.referral).await?;
                let carried = permitted.carry(summary.unwrap_or_default(), &self.told.classes);
                let carried = carried.map_err(|unfit| ServiceError::internal("disclosing a summary", unfit))?;
                Ok(wire::with_summary(referral, carried))
            }
        }
    }
}

fn ground(grant: &Grant) -> String {
    let consent = grant.consent.as_ref().map(|(id, _)| id.to_string());
    consent.or_else(|| grant.emergency.map(|id| id.to_string())).unwrap_or_else(|| grant.basis.to_string())
}

/// A kept answer with what its clinic may be told. `is_replay`: the step was made before, and is told again.
pub(super) async fn told(
    app: &App,
    call: &Call,
    clinic: &ClinicScope,
    telling: Option<Telling>,
    (kept, is_replay): (Option<pb::Referral>, bool),
) -> Result<Option<pb::Referral>, ReferralError> {
    let (Some(referral), Some(telling)) = (kept.clone(), telling) else { return Ok(kept) };
    let shown = OfferState::from_wire(referral.state).is_some_and(OfferState::discloses);
    // The clinic may have let go since a step that is told again.
    if !shown || (is_replay && !telling.told.state.discloses()) {
        return Ok(Some(referral));
    }
    if is_replay {
        telling.record_alone(app, call, clinic).await?;
    }
    Ok(Some(telling.answer(app, clinic, referral).await?))
}

/// What a reading shows of a referral: with the summary, where the clinic may be told.
///
/// # Errors
/// That intake did not answer.
pub(super) async fn shown(
    app: &App,
    call: &Call,
    clinic: &ClinicScope,
    view: ClinicView,
) -> Result<pb::Referral, ReferralError> {
    let (id, discloses) = (view.referral, view.discloses);
    let referral = wire::clinic_referral(view);
    if !discloses {
        return Ok(referral);
    }
    let Some(telling) = Telling::of_reading(app, clinic, id).await? else { return Ok(referral) };
    let mut tx = app.store.begin(clinic.program()).await?;
    telling.record(app, call, &mut tx, clinic).await?;
    tx.commit().await?;
    telling.answer(app, clinic, referral).await
}

/// The same in a stream, which goes on when intake is silent, and whose disclosures are acts of their own.
pub(super) async fn streamed(
    app: &App,
    call: &Call,
    clinic: &ClinicScope,
    view: ClinicView,
) -> Result<pb::Referral, ReferralError> {
    let (id, discloses) = (view.referral, view.discloses);
    let referral = wire::clinic_referral(view);
    if !discloses {
        return Ok(referral);
    }
    let Some(telling) = Telling::of_reading(app, clinic, id).await? else { return Ok(referral) };
    if telling.verdict.is_err() {
        return Ok(pb::Referral { withheld: pb::Withheld::NotDecided.into(), ..referral });
    }
    telling.record_alone(app, call, clinic).await?;
    telling.answer(app, clinic, referral).await
}
