//! A call that goes on record, beside the same call off record: a mutation whose row is in the statement of its answer,
//! and a read that waits for its row.

use harborline_identity::{AccessLog, Call, Recording, Role, Subject};
use harborline_proto::intake::v1::{Contact, OpenContactRequest, OpenContactResponse};
use harborline_store::{AccessWriter, MIGRATIONS, Once, Store};
use harborline_testkit::{Database, owner, person, some_program};
use harborline_types::{ContactId, ProgramId, RequestId};

use super::timing::{self, median};
use crate::report::{Report, Row};

/// Callers at once.
const CALLERS: u32 = 8;
/// What the calls are on record as.
const OPEN_CONTACT: &str = "harborline.intake.v1.ContactService/OpenContact";
const GET_CONTACT: &str = "harborline.intake.v1.ContactService/GetContact";
/// What a read reads: one row by its key.
const READ: &str = "select answer from answered_request
    where program_id = $1 and caller = $2 and method = 'OpenContact' and request_id = $3";
/// Rows of the record: their mean size, and the same with their share of the index, in bytes.
const SIZE: &str = "select avg(pg_column_size(record))::float8,
    pg_total_relation_size('access_record')::float8 / count(*) from access_record as record";

pub(super) async fn measure(report: &mut Report, quick: bool) -> anyhow::Result<()> {
    let (rounds, acts) = if quick { (3, 10) } else { (31, 20) };
    let calls = Calls::prepare().await?;
    let (mut mutations_off, mut mutations) = (Vec::new(), Vec::new());
    let (mut reads_off, mut reads) = (Vec::new(), Vec::new());
    let mutate = async |recording| timing::round(CALLERS, acts, async || calls.mutate(recording).await).await;
    let read = async |recording| timing::round(CALLERS, acts, async || calls.read(recording).await).await;
    for _ in 0..rounds {
        mutations_off.push(mutate(Recording::None).await?);
        mutations.push(mutate(Recording::Write).await?);
        reads_off.push(read(Recording::None).await?);
        reads.push(read(Recording::Read).await?);
    }
    for (name, times, floor) in [("mutation", mutations, mutations_off), ("read", reads, reads_off)] {
        let row = Row::of(format!("audit/{name} on record, {CALLERS} at once"), median(times), "us");
        report.add(row.against(median(floor), None, None, false))?;
    }
    let (row, with_index): (f64, f64) = sqlx::query_as(SIZE).fetch_one(&owner(&calls.store)).await?;
    report.add(Row::of("audit/row".to_owned(), row, "bytes"))?;
    report.add(Row::of("audit/row with its index".to_owned(), with_index, "bytes"))
}

/// Calls of a front end about one contact.
struct Calls {
    store: Store,
    writer: AccessWriter,
    program: ProgramId,
    contact: ContactId,
    /// The mutation whose answer is read.
    opened: RequestId,
}

impl Calls {
    async fn prepare() -> anyhow::Result<Self> {
        let Database { store, .. } = Database::fresh(&MIGRATIONS).await;
        let writer = AccessWriter::start(&store);
        let (program, contact, opened) = (some_program(), ContactId::new(), RequestId::new());
        let calls = Self { store, writer, program, contact, opened };
        calls.open(&calls.call(Recording::None, OPEN_CONTACT), opened).await?;
        Ok(calls)
    }

    fn call(&self, recording: Recording, method: &'static str) -> Call {
        let call = person(self.program, "front-end", &[Role::FrontEnd]);
        call.goes_on_record(recording, method);
        call.concerns(Subject::Contact(self.contact));
        call
    }

    async fn mutate(&self, recording: Recording) -> anyhow::Result<()> {
        self.open(&self.call(recording, OPEN_CONTACT), RequestId::new()).await
    }

    async fn open(&self, call: &Call, id: RequestId) -> anyhow::Result<()> {
        let (request_id, contact_id) = (id.to_string(), self.contact.to_string());
        let request = OpenContactRequest { request_id, ..OpenContactRequest::default() };
        let contact = Contact { contact_id, ..Contact::default() };
        let answer = OpenContactResponse { contact: Some(contact), ..OpenContactResponse::default() };
        match self.store.begin_once(call, "OpenContact", id, &request).await? {
            Once::Fresh(tx) => tx.commit_answering(answer).await?,
            Once::Replay(_) => anyhow::bail!("a new request was answered before"),
        };
        Ok(())
    }

    async fn read(&self, recording: Recording) -> anyhow::Result<()> {
        let call = self.call(recording, GET_CONTACT);
        let read = sqlx::query(READ).bind(self.program).bind(call.caller_key()).bind(self.opened);
        read.fetch_one(self.store.reader(&call.scope()?)).await?;
        Ok(self.writer.answered(&call).await?)
    }
}
