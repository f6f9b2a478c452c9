//! How many messages an RPC or a duty sends: to the database, and as calls to neighbors.
//!
//! Each message is an event or a span that is there anyway: sqlx tells of each statement and each commit, the client of
//! the mesh has a span for each call. They are counted within the span of the RPC or the duty, and one debug line tells
//! the numbers when that span ends. No statement is written anywhere.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber, debug, trace};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Scope};

use crate::names;

/// The target of [`database_message`].
const UNTOLD: &str = "harborline_telemetry::messages::database";
/// The target of sqlx's events, one for each statement that was answered.
const STATEMENTS: &str = "sqlx::query";

/// Counts a message to the database that the current RPC or duty waited for and that sqlx tells nothing of.
pub fn database_message() {
    trace!(target: UNTOLD, "a message to the database");
}

/// Counts, and writes a line at the end of each RPC and each duty.
pub(crate) fn layer<S>() -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let spans = Targets::new().with_target("harborline", LevelFilter::INFO);
    let messages = [(STATEMENTS, LevelFilter::DEBUG), (UNTOLD, LevelFilter::TRACE)];
    Counting.with_filter(spans.with_targets(messages))
}

struct Counting;

/// What an RPC or a duty has sent so far, kept with its span.
#[derive(Default)]
struct Sent {
    /// The RPC's method, or the duty's kind.
    name: String,
    /// The gRPC code of the RPC's answer, or how the run of the duty ended.
    outcome: String,
    database: u64,
    neighbors: u64,
}

impl<S> Layer<S> for Counting
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let has = |name| attributes.fields().field(name).is_some();
        if has(names::NEIGHBOR) {
            count(Some(span.scope()), |sent| sent.neighbors += 1);
        } else if has(names::RPC_METHOD) || has(names::DUTY_KIND) {
            let mut sent = Sent::default();
            attributes.record(&mut sent);
            span.extensions_mut().insert(sent);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(sent) = span.extensions_mut().get_mut::<Sent>() {
            values.record(sent);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if [STATEMENTS, UNTOLD].contains(&event.metadata().target()) {
            count(context.event_scope(event), |sent| sent.database += 1);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(sent) = context.span(&id).and_then(|span| span.extensions_mut().remove::<Sent>()) else { return };
        let Sent { name, outcome, database, neighbors } = sent;
        debug!(name, outcome, database, neighbors, "messages sent");
    }
}

/// Adds to what the innermost RPC or duty of the scope has sent; messages of no RPC and no duty are not counted.
fn count<'span, S: LookupSpan<'span>>(scope: Option<Scope<'span, S>>, add: impl Fn(&mut Sent)) {
    for span in scope.into_iter().flatten() {
        if let Some(sent) = span.extensions_mut().get_mut::<Sent>() {
            return add(sent);
        }
    }
}

impl Visit for Sent {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            names::RPC_METHOD | names::DUTY_KIND => value.clone_into(&mut self.name),
            names::RPC_CODE | names::DUTY_OUTCOME => value.clone_into(&mut self.outcome),
            _ => {}
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::field::Empty;
    use tracing::{info_span, subscriber::with_default};
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// Keeps the fields of the lines about messages.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Lines {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let mut line = Line::default();
            event.record(&mut line);
            let line = line.0.join(" ");
            if line.starts_with("message=messages sent") {
                self.0.lock().unwrap().push(line);
            }
        }
    }

    #[derive(Default)]
    struct Line(Vec<String>);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            self.0.push(format!("{}={value:?}", field.name()));
        }
    }

    fn statement() {
        debug!(target: "sqlx::query", summary = "select name from");
    }

    #[test]
    fn an_rpc_is_told_with_its_own_messages_and_without_a_statement() {
        let lines = Lines::default();
        with_default(tracing_subscriber::registry().with(layer()).with(lines.clone()), || {
            statement();
            let rpc = info_span!("rpc", rpc.method = "intake/OpenContact", rpc.grpc.status_code = Empty);
            rpc.in_scope(|| {
                database_message();
                info_span!("contact").in_scope(statement);
                info_span!("call", rpc.method = "triage/AssessContact", harborline.neighbor = "triage").in_scope(|| ());
                info_span!("duty", harborline.duty.kind = "route").in_scope(statement);
            });
            rpc.record(names::RPC_CODE, "Ok");
        });
        let lines = lines.0.lock().unwrap().clone();
        let expected =
            [("route", "", 1, 0), ("intake/OpenContact", "Ok", 2, 1)].map(|(name, outcome, database, neighbors)| {
                format!(
                    "message=messages sent name={name:?} outcome={outcome:?} database={database} neighbors={neighbors}"
                )
            });
        assert_eq!(lines, expected);
    }
}
