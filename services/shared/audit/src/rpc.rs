//! The contract that tells intake what this service has on record; the same for every service that is not intake.

use harborline_identity::{ProgramScope, ServiceName};
use harborline_proto::common::v1 as pb;
use harborline_proto::common::v1::access_record_service_server::AccessRecordService;
use harborline_runtime::split;
use harborline_status::{Fields, ServiceError, answer};
use harborline_store::{PageTokens, Store};
use harborline_types::wire::timestamp;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::chain::Entry;
use crate::list::{Place, accesses};

/// The most subjects of one request: as many contacts as nobody has.
const MOST_SUBJECTS: usize = 10_000;

/// Answers what one service has on record.
#[derive(Clone)]
pub struct AccessRecords {
    store: Store,
    service: ServiceName,
}

impl AccessRecords {
    /// What a service has on record in its own store.
    pub fn new(store: Store, service: ServiceName) -> Self {
        Self { store, service }
    }

    /// A page of acts, newest first, as the contract has them, and the place of the next one; none on the last page.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn page(
        &self,
        scope: &ProgramScope,
        subjects: &[Uuid],
        before: Option<Place>,
        size: i64,
    ) -> Result<(Vec<pb::Access>, Option<Place>), ServiceError> {
        // One more than asked for tells whether there is a next page.
        let mut found = accesses(&self.store, scope, subjects, before, size + 1).await?;
        let is_last = found.len() as i64 <= size;
        if !is_last {
            found.pop();
        }
        let next = found.last().filter(|_| !is_last).map(|last| Place { at: last.at, record: last.record_id });
        Ok((found.into_iter().map(|entry| self.access(entry)).collect(), next))
    }

    fn access(&self, entry: Entry) -> pb::Access {
        let (by_service, caller) = match entry.caller.split_once(':') {
            Some(("service", name)) => (true, name.to_owned()),
            Some((_, id)) => (false, id.to_owned()),
            None => (false, entry.caller),
        };
        let roles = entry.roles.split(',').filter(|role| !by_service && !role.is_empty());
        pb::Access {
            access_id: entry.record_id.to_string(),
            at: Some(timestamp(entry.at)),
            service: self.service.to_string(),
            caller_id: caller,
            by_service,
            roles: roles.map(str::to_owned).collect(),
            purpose: entry.purpose,
            act: act(&entry.act).into(),
            method: entry.method,
            recipient: entry.recipient.unwrap_or_default(),
            basis: entry.basis.unwrap_or_default(),
        }
    }
}

fn act(word: &str) -> pb::AccessAct {
    match word {
        "read" => pb::AccessAct::Read,
        "write" => pb::AccessAct::Write,
        "deny" => pb::AccessAct::Deny,
        "disclose" => pb::AccessAct::Disclose,
        "break_glass" => pb::AccessAct::BreakGlass,
        "undecided" => pb::AccessAct::Undecided,
        _ => pb::AccessAct::Unspecified,
    }
}

#[tonic::async_trait]
impl AccessRecordService for AccessRecords {
    async fn list_recorded_accesses(
        &self,
        request: Request<pb::ListRecordedAccessesRequest>,
    ) -> Result<Response<pb::ListRecordedAccessesResponse>, Status> {
        answer(self.list(request).await)
    }
}

impl AccessRecords {
    async fn list(
        &self,
        request: Request<pb::ListRecordedAccessesRequest>,
    ) -> Result<pb::ListRecordedAccessesResponse, ServiceError> {
        let (call, request) = split(request)?;
        let mut fields = Fields::new();
        let size = fields.page_size("page_size", request.page_size);
        if request.subject_ids.is_empty() || request.subject_ids.len() > MOST_SUBJECTS {
            fields.fault("subject_ids", format!("must have 1 to {MOST_SUBJECTS} entries"));
            return Err(fields.refused());
        }
        let read = |(index, id): (usize, &String)| fields.id::<Uuid>(&format!("subject_ids[{index}]"), id);
        let subjects: Vec<_> = request.subject_ids.iter().enumerate().filter_map(read).collect();
        let Some(size) = size else { return Err(fields.refused()) };
        fields.finish()?;
        let scope = call.scope()?;
        let tokens = recorded_tokens(&scope, &request.subject_ids);
        let before = tokens.position(&request.page_token)?;
        let (accesses, next) = self.page(&scope, &subjects, before, size).await?;
        Ok(pb::ListRecordedAccessesResponse {
            accesses,
            next_page_token: next.map(|place| tokens.write(place)).unwrap_or_default(),
        })
    }
}

/// The page tokens of ListRecordedAccesses about these subjects.
pub fn recorded_tokens(scope: &ProgramScope, subject_ids: &[String]) -> PageTokens {
    let filter = pb::ListRecordedAccessesRequest { subject_ids: subject_ids.to_vec(), ..Default::default() };
    PageTokens::of(scope.program(), "ListRecordedAccesses", &filter)
}
