//! Refers a caller on: the first facility that fits gets an offer at once.

use harborline_contacts::{Described, refused};
use harborline_disclosure::DataClass;
use harborline_identity::{Call, ProgramScope, Subject};
use harborline_proto::referral::v1 as pb;
use harborline_runtime::split;
use harborline_status::{Fields, Reason, ServiceError, reason_of};
use harborline_store::{Once, OnceTx, StoreError};
use harborline_types::{ContactId, Phi, ReferralId, RequestId};
use tonic::Request;

use crate::app::App;
use crate::asking::{self, Barred};
use crate::domain::disclosure::kept_inside;
use crate::domain::{Draft, Referral, ServiceKind};
use crate::error::ReferralError;
use crate::store::{self, Existence};
use crate::wire;

struct CreateReferral {
    request_id: RequestId,
    contact: ContactId,
    service: ServiceKind,
    jurisdiction: Option<String>,
    summary: Phi<String>,
    classes: Vec<DataClass>,
}

/// Intake vouches for the contact first, says whose it is, and whom of the facilities may be told; then it registers the
/// referral, so that custody lasts because of it before it exists. What is registered and never made ends by itself:
/// intake asks for it later.
pub(super) async fn handle(
    app: &App,
    request: Request<pb::CreateReferralRequest>,
) -> Result<pb::CreateReferralResponse, ReferralError> {
    let (call, request) = split(request)?;
    let command = CreateReferral::parse(&request)?;
    let request_id = command.request_id;
    let scope = call.scope()?;
    call.concerns(Subject::Contact(command.contact));
    let described = app.contacts.describe(&call, command.contact).await?;
    let facts = described.facts();
    let mut draft = command.draft(&described);
    let kept = kept_inside(&draft.classes);
    let (id, existence) = id_of(app, &call, &scope, request_id).await?;
    // Who may not refer the person on has nothing asked for them about what may be disclosed.
    let is_new = existence == Existence::Open && call.would_be_permitted(&facts);
    let barred =
        if is_new && kept.is_none() { asking::barred(app, &scope, &draft, &[]).await? } else { Barred::default() };
    let refusal = kept.or_else(|| barred.refusal());
    if is_new && refusal.is_none() {
        // Looked at before intake hears of it, and again where nothing can come between.
        let mut tx = app.store.begin(&scope).await?;
        draft.fits_beside(store::referrals_open(&mut tx, &scope, draft.contact).await?)?;
        drop(tx);
        register(app, &scope, draft.contact, id).await?;
    }

    let mut tx = match app.store.begin_once(&call, "CreateReferral", request_id, &request).await? {
        Once::Replay(answer) => return Ok(answer),
        Once::Fresh(tx) => tx,
    };
    // Only a new referral is refused: one that was made before is answered as it was, though its counselor has lost the
    // contact or its basis has ended since. And nobody else is told what may be disclosed of the person.
    call.permit(&facts)?;
    match store::referral_take_id(&mut tx, &scope, id).await? {
        Existence::Open => {}
        Existence::Made => return made_before(app, tx, &scope, id, draft.contact).await,
        Existence::Never => return Err(never_made().into()),
    }
    if let Some((refusal, classes)) = refusal {
        return Err(ReferralError::DisclosureRefused(refusal, classes));
    }
    draft.fits_beside(store::referrals_open(&mut tx, &scope, draft.contact).await?)?;
    if let Some(classes) = &barred.classes {
        draft.classes.clone_from(classes);
    }
    let facilities = barred.leave(app.facilities(&mut tx, &scope, draft.service).await?);
    let (referral, events) = Referral::create(id, draft, &app.asking(&facilities));
    store::referral_insert(&mut tx, &scope, &referral, &events).await?;
    store::referral_owe(&mut tx, &referral, &events);
    let referral = Some(wire::referral(referral, events));
    Ok(tx.commit_answering(pb::CreateReferralResponse { referral }).await?)
}

/// The id of the referral that a request makes: the same each time it is repeated, so that it is registered once. Where
/// intake was told meanwhile that there will be none with that id, the next one.
async fn id_of(
    app: &App,
    call: &Call,
    scope: &ProgramScope,
    request_id: RequestId,
) -> Result<(ReferralId, Existence), ReferralError> {
    let mut attempt = 1;
    loop {
        let subject = format!("{}/{}/{request_id}/{attempt}", scope.program(), call.caller_key());
        let id = ReferralId(RequestId::derived("CreateReferral", subject).0);
        match store::referral_existence(&app.store, scope, id).await? {
            Existence::Never => attempt += 1,
            existence => return Ok((id, existence)),
        }
    }
}

async fn register(app: &App, scope: &ProgramScope, contact: ContactId, id: ReferralId) -> Result<(), ServiceError> {
    let request_id = RequestId::derived("RegisterReferral", id);
    let registered = app.intake.register_referral(scope, request_id, contact, id).await;
    registered.map_err(|status| match reason_of(&status) {
        // The caller used the request id before, for another contact.
        Some(Reason::RequestIdReused) => StoreError::RequestIdReused.into(),
        _ => refused(status, || ServiceError::not_found(Reason::ContactNotFound, "contact", contact)),
    })
}

/// The request was answered so long ago that its answer is no longer kept: its referral, as it is now.
async fn made_before(
    app: &App,
    mut tx: OnceTx<pb::CreateReferralResponse>,
    scope: &ProgramScope,
    id: ReferralId,
    contact: ContactId,
) -> Result<pb::CreateReferralResponse, ReferralError> {
    let referral = app.referral(&mut tx, scope, id).await?;
    if referral.draft.contact != contact {
        return Err(StoreError::RequestIdReused.into());
    }
    let histories = store::referral_history(tx.conn(), scope, vec![referral]).await?;
    let referral = histories.into_iter().next().map(|(referral, events)| wire::referral(referral, events));
    Ok(tx.commit_answering(pb::CreateReferralResponse { referral }).await?)
}

fn never_made() -> ServiceError {
    ServiceError::unavailable("the referral was not made in time", "intake counts its registration as ended")
}

impl CreateReferral {
    fn parse(request: &pb::CreateReferralRequest) -> Result<Self, ServiceError> {
        let mut fields = Fields::new();
        let request_id = fields.request_id(&request.request_id);
        let contact = fields.id("contact_id", &request.contact_id);
        let service = fields.word("service", request.service);
        let jurisdiction = fields.optional_jurisdiction("jurisdiction", &request.jurisdiction);
        let summary = fields.text("summary", &request.summary, 0..=4000);
        let classes = fields.words("data_classes", &request.data_classes);
        if classes.as_ref().is_some_and(|classes| classes.len() > 1 && classes.contains(&DataClass::SudCounselingNote))
        {
            fields.fault("data_classes", "counseling notes stand alone: their consent does");
        }
        let (Some(request_id), Some(contact), Some(service), Some(jurisdiction), Some(summary), Some(mut classes)) =
            (request_id, contact, service, jurisdiction, summary, classes)
        else {
            return Err(fields.refused());
        };
        fields.finish()?;
        if classes.is_empty() {
            classes.push(DataClass::GeneralPhi);
        }
        Ok(Self { request_id, contact, service, jurisdiction, summary: summary.into(), classes })
    }

    fn draft(self, described: &Described) -> Draft {
        let Self { contact, service, jurisdiction, summary, classes, .. } = self;
        let (participant, acuity) = (described.participant, described.acuity);
        Draft { contact, participant, acuity, service, jurisdiction, summary, classes }
    }
}
