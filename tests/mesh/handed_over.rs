//! A contact that goes from one counselor to another, and one that a supervisor joins, through the whole mesh.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use harborline::clients::Clients;
use harborline_identity::Role;
use harborline_proto::availability::v1 as availability;
use harborline_proto::availability::v1::target::Who;
use harborline_proto::common::v1 as common;
use harborline_proto::intake::v1 as intake;
use harborline_status::{Reason, reason_of};
use harborline_testkit::{wait_for, wait_until};
use harborline_tests::{Stage, StageOptions};
use tokio::sync::watch;
use uuid::Uuid;

fn id() -> String {
    Uuid::now_v7().to_string()
}

async fn set_up(stage: &Stage, counselors: &[&str]) {
    let mut admin = stage.person("admin", &[Role::Administrator, Role::Supervisor]);
    let director = intake::Person { person_id: "director".to_owned(), name: "Director".to_owned() };
    let program = intake::PutProgramRequest {
        request_id: id(),
        name: "Program".to_owned(),
        clinical_director: Some(director),
        backup_line: "988".to_owned(),
        ..Default::default()
    };
    admin.programs.put_program(program).await.expect("the program is put");
    for name in counselors {
        let counselor = availability::Counselor {
            counselor_id: (*name).to_owned(),
            name: (*name).to_owned(),
            kind: common::CounselorKind::LicensedClinician.into(),
            languages: vec!["en".to_owned()],
            channels: vec![common::Channel::Phone.into()],
            message_capacity: 1,
            ..Default::default()
        };
        let put = availability::PutCounselorRequest { request_id: id(), counselor: Some(counselor) };
        admin.roster.put_counselor(put).await.expect("the counselor is put");
    }
}

/// A counselor on duty, with the newest state of the Attend stream.
struct OnDuty {
    clients: Clients,
    state: watch::Receiver<availability::AttendResponse>,
}

impl OnDuty {
    async fn begin(stage: &Stage, name: &str, roles: &[Role]) -> Self {
        let clients = stage.person(name, roles);
        let mut attend = clients.attend.clone();
        let stream = attend.attend(availability::AttendRequest::default()).await.expect("attends");
        let (sender, state) = watch::channel(availability::AttendResponse::default());
        let mut stream = stream.into_inner();
        tokio::spawn(async move {
            while let Ok(Some(state)) = stream.message().await {
                sender.send_replace(state);
            }
        });
        Self { clients, state }
    }

    async fn until(&mut self, meant: impl Fn(&availability::AttendResponse) -> bool) -> availability::AttendResponse {
        wait_for("the state is shown", self.state.wait_for(meant)).await.expect("the stream is open").clone()
    }

    /// Takes the next offer, which is of this kind.
    async fn take(&mut self, kind: availability::TicketKind) -> String {
        let state = self.until(|state| !state.offers.is_empty()).await;
        let offer = &state.offers[0];
        assert_eq!(offer.kind(), kind);
        let accept = availability::AcceptOfferRequest { request_id: id(), offer_id: offer.offer_id.clone() };
        self.clients.attend.accept_offer(accept).await.expect("takes it").into_inner().contact_id
    }

    async fn sees(&self, contact: &str) -> bool {
        let request = intake::GetContactRequest { contact_id: contact.to_owned() };
        match self.clients.contacts.clone().get_contact(request).await {
            Ok(_) => true,
            Err(status) => {
                assert_eq!(reason_of(&status), Some(Reason::CallerNotAllowed));
                false
            }
        }
    }
}

async fn open_contact(stage: &Stage) -> String {
    let opening = intake::OpenContactRequest {
        request_id: id(),
        channel: common::Channel::Phone.into(),
        caller: common::CallerKind::Unknown.into(),
        language: "en".to_owned(),
        ..Default::default()
    };
    let mut caller = stage.person("front-end", &[Role::FrontEnd]);
    let opened = caller.contacts.open_contact(opening).await.expect("opens").into_inner();
    opened.contact.expect("a contact").contact_id
}

/// The chain of custody: it has no gap, and exactly one owner at its end.
async fn owners(stage: &Stage, contact: &str) -> Vec<String> {
    let mut supervisor = stage.person("overseer", &[Role::Supervisor]);
    let request = intake::ListCustodyRequest { contact_id: contact.to_owned() };
    let custody = supervisor.contacts.list_custody(request).await.expect("lists").into_inner().custody;
    for pair in custody.windows(2) {
        assert_eq!((pair[0].until, pair[0].sequence + 1), (pair[1].since, pair[1].sequence), "a gap in custody");
    }
    assert!(custody.last().is_some_and(|last| last.until.is_none()), "nobody's");
    custody.into_iter().filter_map(|interval| Some(interval.owner?.person_id)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_handed_over_warm_without_a_gap_in_custody_and_joined_by_a_supervisor_without_moving_it() {
    let stage = Arc::new(Stage::start(StageOptions::default()).await);
    set_up(&stage, &["ana", "ben", "sue"]).await;
    let mut admin = stage.person("admin", &[Role::Administrator, Role::Supervisor]);
    let on_call = availability::PutSupervisorOnCallRequest {
        request_id: id(),
        supervisor_id: "sue".to_owned(),
        name: "Sue".to_owned(),
    };
    admin.roster.put_supervisor_on_call(on_call).await.expect("is on call");
    // Before it knows, the program's director is the first owner.
    wait_until("intake knows who is on call", || async {
        let program = admin.programs.clone().get_program(intake::GetProgramRequest {}).await.expect("is shown");
        program.into_inner().program?.supervisor_on_call.filter(|person| person.person_id == "sue")
    })
    .await;
    let mut ana = OnDuty::begin(&stage, "ana", &[Role::Counselor]).await;
    let contact = open_contact(&stage).await;
    assert_eq!(ana.take(availability::TicketKind::Answer).await, contact);
    wait_until("custody is Ana's", || async {
        (owners(&stage, &contact).await.last().map(String::as_str) == Some("ana")).then_some(())
    })
    .await;

    // Somebody looks at the chain again and again meanwhile: it is whole at every instant.
    let over = Arc::new(AtomicBool::new(false));
    let looking = tokio::spawn({
        let (stage, contact, over) = (stage.clone(), contact.clone(), over.clone());
        async move {
            while !over.load(Ordering::Relaxed) {
                owners(&stage, &contact).await;
            }
        }
    });

    // Only the counselor role: what Sue sees of it, she sees because she has joined.
    let mut sue = OnDuty::begin(&stage, "sue", &[Role::Counselor]).await;
    let joins = availability::RequestConferenceRequest {
        request_id: id(),
        contact_id: contact.clone(),
        target: Some(availability::Target { who: Some(Who::SupervisorOnCall(true)) }),
        asked_for: availability::AskedFor::Supervision.into(),
    };
    assert!(!sue.sees(&contact).await);
    ana.clients.transfers.request_conference(joins).await.expect("is asked");
    sue.take(availability::TicketKind::Conference).await;
    wait_until("Sue sees the contact", || async { sue.sees(&contact).await.then_some(()) }).await;
    assert_eq!(owners(&stage, &contact).await.last().map(String::as_str), Some("ana"));
    let leave = availability::LeaveConferenceRequest { request_id: id(), contact_id: contact.clone() };
    sue.clients.transfers.leave_conference(leave).await.expect("leaves");
    wait_until("Sue sees it no more", || async { (!sue.sees(&contact).await).then_some(()) }).await;

    let mut ben = OnDuty::begin(&stage, "ben", &[Role::Counselor]).await;
    let transfer = availability::RequestTransferRequest {
        request_id: id(),
        contact_id: contact.clone(),
        kind: availability::TransferKind::Warm.into(),
        target: Some(availability::Target { who: Some(Who::CounselorId("ben".to_owned())) }),
        asked_for: availability::AskedFor::ShiftEnd.into(),
    };
    ana.clients.transfers.request_transfer(transfer).await.expect("is asked");
    ben.take(availability::TicketKind::WarmTransfer).await;
    wait_until("Ben sees the contact", || async { ben.sees(&contact).await.then_some(()) }).await;
    assert_eq!(owners(&stage, &contact).await.last().map(String::as_str), Some("ana"), "until she hands over");
    let complete = availability::CompleteTransferRequest { request_id: id(), contact_id: contact.clone() };
    ana.clients.transfers.complete_transfer(complete).await.expect("hands over");
    wait_until("custody is Ben's", || async {
        (owners(&stage, &contact).await.last().map(String::as_str) == Some("ben")).then_some(())
    })
    .await;
    assert_eq!(owners(&stage, &contact).await, ["sue", "ana", "ben"]);
    ana.until(|state| state.activity() == availability::Activity::WrappingUp).await;
    assert!(!ana.sees(&contact).await && ben.sees(&contact).await);

    over.store(true, Ordering::Relaxed);
    looking.await.expect("the chain was whole whenever somebody looked");
    drop((ana, ben, sue));
    Arc::into_inner(stage).expect("nobody else has the stage").stop().await;
}
