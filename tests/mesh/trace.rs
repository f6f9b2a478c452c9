//! One contact is one trace through all five services, its duties included.

use std::collections::{BTreeMap, BTreeSet};

use harborline::demo::{PlayOptions, play, read_scenario};
use harborline_testkit::wait_until;
use harborline_tests::{Collector, Span, Stage, StageOptions};

const ONE_CONTACT: &str = r#"
[night]
starts_at = "2026-03-01T18:00:00Z"
speed = 20000
[[counselor]]
name = "clinician"
kind = "licensed_clinician"
[[clinic]]
name = "clinic"
services = ["outpatient"]
[[participant]]
name = "p"
[[contact]]
at = "0:10"
participant = "p"
signals = ["withdrawal_red_flags"]
screening = ["no", "no", "no", "no"]
refer_to = "outpatient"
talk_minutes = 30
"#;

#[tokio::test(flavor = "multi_thread")]
async fn one_contact_is_one_trace_across_all_five_services() {
    let (collector, address) = Collector::start().await;
    let scenario = read_scenario(Some(ONE_CONTACT)).unwrap_or_else(|faults| panic!("{faults:?}"));
    let stage =
        Stage::start(StageOptions { scenario: Some(&scenario), collector: Some(address), ..StageOptions::default() })
            .await;
    let report = play(&stage, scenario, PlayOptions { repeat_one_in: 4, ..PlayOptions::default() })
        .await
        .expect("the contracts answer");
    assert!(report.is_good(), "{report}");
    // Stopping flushes what is still buffered.
    stage.stop().await;

    let expected: BTreeSet<(&str, &str)> = BTreeSet::from([
        ("intake OpenContact", "intake duty route"),
        ("intake duty route", "triage AssessContact"),
        ("intake duty route", "availability RequestCounselor"),
        ("availability duty assigned", "intake RecordAssignment"),
        ("intake duty follow-ups", "followup PlanFollowUps"),
        ("intake duty release", "availability ReleaseCounselor"),
    ]);
    let edges = wait_until("the trace is complete", || async {
        let edges = edges(&collector.spans());
        expected.iter().all(|(from, to)| edges.contains(&((*from).to_owned(), (*to).to_owned()))).then_some(edges)
    })
    .await;
    assert!(!edges.is_empty());
    assert!(collector.metrics().contains("harborline.rpc.duration"), "{:?}", collector.metrics());
}

/// Which of our spans leads to which, by service and name; the client's own span of a call between them is passed over.
fn edges(spans: &[Span]) -> BTreeSet<(String, String)> {
    let by_id: BTreeMap<_, _> = spans.iter().map(|span| (span.span_id.as_slice(), span)).collect();
    let label = |span: &Span| {
        let service = span.service.trim_start_matches("harborline-");
        let name = span.name.rsplit(['/', '.']).next().unwrap_or_default();
        format!("{service} {name}")
    };
    let mut edges = BTreeSet::new();
    for span in spans {
        let mut above = by_id.get(span.parent_id.as_slice());
        while let Some(parent) = above {
            assert_eq!(parent.trace_id, span.trace_id, "a parent is of the same trace");
            edges.insert((label(parent), label(span)));
            above = by_id.get(parent.parent_id.as_slice());
        }
    }
    edges
}
