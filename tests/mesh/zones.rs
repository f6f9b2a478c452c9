//! Time zones by the data that an operator has mounted: what the roster shows, and how one sees which data counts.

use std::collections::BTreeMap;
use std::process::Command;

use harborline::clients::Clients;
use harborline_identity::{Role, ServiceName};
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::shift_service_client::ShiftServiceClient;
use harborline_proto::common::v1::{Channel, CounselorKind};
use harborline_testkit::{wait_until, write_zones};
use harborline_tests::{Collector, Stage, StageOptions, binary};
use harborline_types::wire::timestamp;
use harborline_types::{RequestId, ShiftId, Timestamp};
use tonic::Request;
use tonic::transport::Channel as Connection;

fn request_id() -> String {
    RequestId::new().to_string()
}

fn at(text: &str) -> Option<prost_types::Timestamp> {
    Some(timestamp(text.parse::<Timestamp>().expect("an instant")))
}

/// Calls about the roster, as an administrator.
struct Planner {
    shifts: ShiftServiceClient<Connection>,
    people: Clients,
    bearer: String,
}

impl Planner {
    fn of(stage: &Stage) -> Self {
        let token = stage.token("administrator", &[Role::Administrator], None).expect("the authority signs");
        Self {
            shifts: ShiftServiceClient::new(stage.channel(ServiceName::Availability)),
            people: stage.person("administrator", &[Role::Administrator]),
            bearer: format!("Bearer {token}"),
        }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer.parse().expect("a token is ASCII"));
        request
    }

    async fn hire(&mut self, name: &str) {
        let counselor = pb::Counselor {
            counselor_id: name.into(),
            name: name.into(),
            kind: CounselorKind::CrisisCounselor.into(),
            languages: vec!["en".into()],
            channels: vec![Channel::Phone.into()],
            message_capacity: 1,
            ..pb::Counselor::default()
        };
        let message = pb::PutCounselorRequest { request_id: request_id(), counselor: Some(counselor) };
        self.people.roster.put_counselor(message).await.expect("the counselor is put");
    }

    async fn keep_clock(&mut self, zone: &str) {
        let rules = Some(pb::RosterRules { time_zone: zone.into(), ..Default::default() });
        let request = self.request(pb::PutRosterRulesRequest { request_id: request_id(), rules });
        self.shifts.put_roster_rules(request).await.expect("the rules are put");
    }

    async fn plan(&mut self, name: &str, day: &str) {
        let shift = pb::Shift {
            shift_id: ShiftId::new().to_string(),
            counselor_id: name.into(),
            kind: pb::ShiftKind::Line.into(),
            first_day: day.into(),
            last_day: day.into(),
            starts: "08:00".into(),
            ends: "16:00".into(),
            ..pb::Shift::default()
        };
        let request = self.request(pb::PutShiftRequest { request_id: request_id(), shift: Some(shift) });
        self.shifts.put_shift(request).await.expect("the shift is put");
    }

    /// When the one shift of a day and a night around it begins and ends.
    async fn duty(&mut self, from: &str, until: &str) -> [Option<prost_types::Timestamp>; 2] {
        let message = pb::GetRosterRequest { from: at(from), until: at(until), counselor_id: String::new() };
        let roster = self.shifts.get_roster(self.request(message)).await.expect("there is a roster").into_inner();
        assert_eq!(roster.entries.len(), 1);
        [roster.entries[0].starts_at, roster.entries[0].ends_at]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shifts_follow_the_zones_that_an_operator_mounts_and_their_release_is_seen() {
    let zones = tempfile::tempdir().expect("a temporary folder");
    // Unlike any real law, so that nothing built in can be taken for it.
    write_zones(zones.path(), "2024a", &[("America/Vancouver", -8, -3), ("America/Edmonton", -7, -6)]);
    let (collector, address) = Collector::start().await;
    let settings = BTreeMap::from([
        ("availability.zones", vec![format!("directory = {:?}", zones.path().display().to_string())]),
        ("availability.telemetry", vec!["metrics_interval_seconds = 1".to_owned()]),
    ]);
    let stage = Stage::start(StageOptions { settings, collector: Some(address), ..StageOptions::default() }).await;
    let mut planner = Planner::of(&stage);
    planner.hire("ana").await;
    planner.keep_clock("America/Vancouver").await;
    planner.plan("ana", "2026-12-07").await;
    let (from, until) = ("2026-12-07T05:00:00Z", "2026-12-08T05:00:00Z");
    assert_eq!(planner.duty(from, until).await, [at("2026-12-07T11:00:00Z"), at("2026-12-07T19:00:00Z")]);
    planner.keep_clock("America/Edmonton").await;
    assert_eq!(planner.duty(from, until).await, [at("2026-12-07T14:00:00Z"), at("2026-12-07T22:00:00Z")]);

    let settings = stage.folder().join("settings/availability.toml");
    let checked = tokio::task::block_in_place(|| {
        Command::new(binary()).args(["check-config", "availability", "--config"]).arg(&settings).output()
    });
    let told = String::from_utf8_lossy(&checked.expect("the binary runs").stdout).into_owned();
    assert!(told.contains("time zones: 2024a (mounted)") && told.contains("older than a year"), "{told}");
    assert!(stage.log(ServiceName::Availability).contains("older than a year"), "the start warns");
    wait_until("the release is measured", || async {
        collector.texts().iter().any(|text| text.contains("2024a")).then_some(())
    })
    .await;
    assert!(collector.metrics().contains("harborline.availability.zones"));
    stage.stop().await;
}
