//! A program with partner clinics, and everybody who calls.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harborline_config::DutySettings;
use harborline_contacts::{Contacts, Described, Hub, Standing};
use harborline_disclosure::{Basis, DataClass, Notice, Refusal};
use harborline_duties::Worker;
use harborline_identity::{Call, ProgramScope, Role as CallerRole, ServiceName};
use harborline_proto::partner::v1 as clinic_pb;
use harborline_proto::partner::v1::partner_service_server::PartnerService;
use harborline_proto::referral::v1 as pb;
use harborline_proto::referral::v1::referral_service_server::ReferralService;
use harborline_referral::domain::disclosure::{Grant, Permitted, Verdict};
use harborline_referral::ports::{IntakePort, MayTell, ReferralAccepted};
use harborline_referral::{AcceptSettings, App, OfferSettings, Referral, Rpc, Settings, duties};
use harborline_runtime::StreamAge;
use harborline_service::Role;
use harborline_store::Store;
use harborline_testkit::{Database, KnowingHub, clinic, counselor, owner, person, request, some_program};
use harborline_types::wire::timestamp;
use harborline_types::{
    Acuity, Clock, ConsentId, ContactId, DevelopmentClock, FacilityId, ParticipantId, PersonId, Phi, ProgramId,
    ReferralId, RequestId,
};
use tokio_util::sync::CancellationToken;
use tonic::Status;

pub(crate) const SUMMARY: &str = "marker-of-the-summary";
pub(crate) const SCOPE: &str = "what the consent covers";

/// Intake as these tests play it: it fails as often as told, then writes down what it hears.
#[derive(Default)]
pub(crate) struct FakeIntake {
    pub(crate) failures: AtomicU32,
    pub(crate) heard: Mutex<Vec<(RequestId, ReferralAccepted)>>,
    /// What was registered, and what was said to have ended; each call as it came, also those whose answer was lost.
    pub(crate) registered: Mutex<Vec<(RequestId, ContactId, ReferralId)>>,
    pub(crate) ended: Mutex<Vec<(RequestId, ContactId, ReferralId)>>,
    /// How it answers a registration, when not well.
    pub(crate) refuses_registration: Mutex<Option<Status>>,
    /// Whom it speaks of otherwise than of everybody: ordinary information to all, for treatment.
    pub(crate) words: Mutex<HashMap<FacilityId, Verdict>>,
    /// Whether it answers no question.
    pub(crate) silent: AtomicBool,
    pub(crate) asked: Mutex<Vec<MayTell>>,
}

impl FakeIntake {
    /// From now on this is its word on a facility.
    pub(crate) fn says(&self, facility: FacilityId, word: Verdict) {
        self.words.lock().unwrap().insert(facility, word);
    }

    pub(crate) fn is_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }
}

/// A permission by a consent to information under Part 2.
pub(crate) fn consented(consent: ConsentId) -> Verdict {
    let consent = Some((consent, Phi::new(SCOPE.to_owned())));
    let grant = Grant { class: DataClass::Part2Sud, basis: Basis::Consent, consent, emergency: None };
    Verdict::Permitted(Permitted { grants: vec![grant], notice: Some(Notice::short()) })
}

/// A refusal to tell information under Part 2.
pub(crate) fn refusing(refusal: Refusal) -> Verdict {
    Verdict::Refused(refusal, vec![DataClass::Part2Sud])
}

#[tonic::async_trait]
impl IntakePort for FakeIntake {
    async fn check_disclosure(&self, _scope: &ProgramScope, question: MayTell) -> Result<Verdict, Status> {
        if self.silent.load(Ordering::SeqCst) {
            return Err(Status::unavailable("intake is down"));
        }
        self.asked.lock().unwrap().push(question.clone());
        let word = self.words.lock().unwrap().get(&question.facility).cloned();
        let for_treatment = |class| Grant { class, basis: Basis::Treatment, consent: None, emergency: None };
        let to_all = || Permitted { grants: question.classes.into_iter().map(for_treatment).collect(), notice: None };
        Ok(word.unwrap_or_else(|| Verdict::Permitted(to_all())))
    }

    async fn register_referral(
        &self,
        _scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        referral: ReferralId,
    ) -> Result<(), Status> {
        self.registered.lock().unwrap().push((request_id, contact, referral));
        self.refuses_registration.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    async fn record_referral_ended(
        &self,
        _scope: &ProgramScope,
        request_id: RequestId,
        contact: ContactId,
        referral: ReferralId,
    ) -> Result<(), Status> {
        self.ended.lock().unwrap().push((request_id, contact, referral));
        let fails = self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if fails.is_ok() { Err(Status::unavailable("intake is down")) } else { Ok(()) }
    }

    async fn record_referral_accepted(
        &self,
        _scope: &ProgramScope,
        request_id: RequestId,
        accepted: ReferralAccepted,
    ) -> Result<(), Status> {
        self.heard.lock().unwrap().push((request_id, accepted));
        let fails = self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if fails.is_ok() { Err(Status::unavailable("intake is down")) } else { Ok(()) }
    }
}

/// A hub that knows how urgent contacts are.
struct KnowingAcuity {
    hub: Arc<KnowingHub>,
    acuity: Arc<Mutex<Option<Acuity>>>,
}

#[tonic::async_trait]
impl Hub for KnowingAcuity {
    async fn describe_contact(
        &self,
        scope: &ProgramScope,
        contact: ContactId,
        person: Option<PersonId>,
    ) -> Result<Described, Status> {
        let described = self.hub.describe_contact(scope, contact, person).await?;
        Ok(Described { acuity: *self.acuity.lock().unwrap(), ..described })
    }

    async fn describe_participant(
        &self,
        scope: &ProgramScope,
        participant: ParticipantId,
        person: PersonId,
    ) -> Result<Standing, Status> {
        self.hub.describe_participant(scope, participant, person).await
    }
}

/// One program over one database.
pub(crate) struct Given {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) program: ProgramId,
    pub(crate) intake: Arc<FakeIntake>,
    pub(crate) hub: Arc<KnowingHub>,
    /// How urgent every contact is.
    pub(crate) acuity: Arc<Mutex<Option<Acuity>>>,
    pub(crate) app: Arc<App>,
    pub(crate) rpc: Rpc,
}

impl Given {
    pub(crate) async fn new() -> Self {
        let store = Database::fresh(&Referral::schema()).await.store;
        Self::over(store, Clock::System, some_program())
    }

    pub(crate) fn over(store: Store, clock: Clock, program: ProgramId) -> Self {
        let (intake, hub) = (Arc::new(FakeIntake::default()), Arc::new(KnowingHub::default()));
        let accept_minutes =
            AcceptSettings { acuity_1: 30, acuity_2: 30, acuity_3: 240, acuity_4: 1440, acuity_5: 1440 };
        let offers = OfferSettings { claim_minutes: 30, expected_within_days: 7, accept_minutes };
        let acuity = Arc::new(Mutex::new(Some(Acuity::High)));
        let contacts = Contacts::of(Arc::new(KnowingAcuity { hub: hub.clone(), acuity: acuity.clone() }));
        let streams = StreamAge::new(Duration::from_secs(3600), CancellationToken::new());
        let app = App::new(store.clone(), clock.clone(), intake.clone(), contacts, Settings { offers }, streams);
        let rpc = Rpc::new(app.clone());
        Self { store, clock, program, intake, hub, acuity, app, rpc }
    }

    /// The same program, at a later time of the domain's clock.
    pub(crate) fn later(&self, by: chrono::TimeDelta) -> Self {
        let start_real = self.clock.now();
        let clock = Clock::Development(DevelopmentClock { start_real, start: start_real + by, speed: 1.0 });
        Self::over(self.store.clone(), clock, self.program)
    }

    pub(crate) fn counselor(&self) -> Call {
        counselor(self.program, "counselor-1")
    }

    pub(crate) fn administrator(&self) -> Call {
        person(self.program, "administrator-1", &[CallerRole::Administrator])
    }

    pub(crate) fn clinic(&self, facility: FacilityId) -> Call {
        clinic(self.program, facility)
    }

    /// Sets up facilities for detox, in this order.
    pub(crate) async fn facilities<const N: usize>(&self) -> [FacilityId; N] {
        let mut ids = [FacilityId::new(); N];
        for (rank, id) in ids.iter_mut().enumerate() {
            *id = FacilityId::new();
            self.put(facility(*id, rank as i32)).await;
        }
        ids
    }

    pub(crate) async fn put(&self, facility: pb::Facility) {
        let message = pb::PutFacilityRequest { request_id: some_id(), facility: Some(facility) };
        self.rpc.put_facility(request(&self.administrator(), message)).await.unwrap();
    }

    /// Refers a new contact to detox in Virginia.
    pub(crate) async fn refer(&self) -> pb::Referral {
        let message = referral_request(ContactId::new());
        let answer = self.rpc.create_referral(request(&self.counselor(), message)).await.unwrap();
        answer.into_inner().referral.unwrap()
    }

    pub(crate) async fn get(&self, referral: &str) -> pb::Referral {
        let message = pb::GetReferralRequest { referral_id: referral.to_owned() };
        let answer = ReferralService::get_referral(&self.rpc, request(&self.counselor(), message)).await.unwrap();
        answer.into_inner().referral.unwrap()
    }

    pub(crate) async fn cancel(&self, referral: &str) -> Result<pb::Referral, Status> {
        let message = pb::CancelReferralRequest { request_id: some_id(), referral_id: referral.to_owned() };
        let answer = self.rpc.cancel_referral(request(&self.counselor(), message)).await?;
        Ok(answer.into_inner().referral.unwrap())
    }

    pub(crate) async fn seen(&self, by: FacilityId, referral: &str) -> Result<clinic_pb::Referral, Status> {
        let message = clinic_pb::GetReferralRequest { referral_id: referral.to_owned() };
        let answer = PartnerService::get_referral(&self.rpc, request(&self.clinic(by), message)).await?;
        Ok(answer.into_inner().referral.unwrap())
    }

    pub(crate) async fn claim(&self, by: FacilityId, referral: &str) -> Result<clinic_pb::Referral, Status> {
        let message = clinic_pb::ClaimReferralRequest { request_id: some_id(), referral_id: referral.to_owned() };
        let answer = self.rpc.claim_referral(request(&self.clinic(by), message)).await?;
        Ok(answer.into_inner().referral.unwrap())
    }

    pub(crate) async fn accept(&self, by: FacilityId, referral: &str) -> Result<clinic_pb::Referral, Status> {
        let message = self.acceptance(referral);
        let answer = self.rpc.accept_referral(request(&self.clinic(by), message)).await?;
        Ok(answer.into_inner().referral.unwrap())
    }

    pub(crate) fn acceptance(&self, referral: &str) -> clinic_pb::AcceptReferralRequest {
        clinic_pb::AcceptReferralRequest {
            request_id: some_id(),
            referral_id: referral.to_owned(),
            owner_id: "dr-lee".to_owned(),
            owner_name: "Dr. Lee".to_owned(),
            expected_by: Some(timestamp(self.clock.now() + chrono::TimeDelta::hours(4))),
        }
    }

    pub(crate) async fn decline(&self, by: FacilityId, referral: &str) -> Result<clinic_pb::Referral, Status> {
        let message = clinic_pb::DeclineReferralRequest {
            request_id: some_id(),
            referral_id: referral.to_owned(),
            reason: clinic_pb::DeclineReason::NoCapacity.into(),
        };
        let answer = self.rpc.decline_referral(request(&self.clinic(by), message)).await?;
        Ok(answer.into_inner().referral.unwrap())
    }

    pub(crate) async fn complete(&self, by: FacilityId, referral: &str) -> Result<clinic_pb::Referral, Status> {
        let message = clinic_pb::CompleteReferralRequest { request_id: some_id(), referral_id: referral.to_owned() };
        let answer = self.rpc.complete_referral(request(&self.clinic(by), message)).await?;
        Ok(answer.into_inner().referral.unwrap())
    }

    /// Fulfills duties until the condition holds.
    pub(crate) async fn working<T>(&self, condition: impl Future<Output = T>) -> T {
        let settings = DutySettings { lease_seconds: 5, concurrency: 4, poll_seconds: 1 };
        let worker = Worker::new(self.store.clone(), self.clock.clone(), ServiceName::Referral, settings);
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(duties::register(worker, &self.app).run(shutdown.clone()));
        let met = condition.await;
        shutdown.cancel();
        running.await.unwrap();
        met
    }

    /// The kinds of the duties that are open.
    pub(crate) async fn open_duties(&self) -> Vec<String> {
        let kinds = sqlx::query_scalar("select kind from duty order by kind");
        kinds.fetch_all(&owner(&self.store)).await.unwrap()
    }
}

pub(crate) fn some_id() -> String {
    RequestId::new().to_string()
}

pub(crate) fn facility(id: FacilityId, rank: i32) -> pb::Facility {
    pb::Facility {
        facility_id: id.to_string(),
        name: format!("Facility {rank}"),
        services: vec![pb::ServiceKind::Detox.into()],
        jurisdictions: vec![],
        rank,
        accepting: true,
        etag: String::new(),
    }
}

pub(crate) fn referral_request(contact: ContactId) -> pb::CreateReferralRequest {
    pb::CreateReferralRequest {
        request_id: some_id(),
        contact_id: contact.to_string(),
        service: pb::ServiceKind::Detox.into(),
        jurisdiction: "US-VA".to_owned(),
        summary: SUMMARY.to_owned(),
        data_classes: vec![],
    }
}

/// The state that a refusal tells.
pub(crate) fn told_state(status: &Status) -> String {
    use tonic_types::StatusExt;
    status.get_details_error_info().unwrap().metadata.get("state").cloned().unwrap_or_default()
}

/// The kind of thing, and which, that a refusal says is not there.
pub(crate) fn told_resource(status: &Status) -> (String, String) {
    use tonic_types::StatusExt;
    let resource = status.get_details_resource_info().unwrap();
    (resource.resource_type, resource.resource_name)
}
