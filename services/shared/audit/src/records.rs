//! What another service has on record, as intake asks for it.

use harborline_identity::ProgramScope;
use harborline_proto::common::v1::access_record_service_client::AccessRecordServiceClient;
use harborline_proto::common::v1::{ListRecordedAccessesRequest, ListRecordedAccessesResponse};
use harborline_runtime::{MeshClient, for_program};
use tonic::{Response, Status};

/// The record of accesses of one service.
#[tonic::async_trait]
pub trait RecordsPort: Send + Sync + 'static {
    /// A page of what the service has on record about a participant.
    ///
    /// # Errors
    /// The service's refusal, or that it cannot be reached.
    async fn list_recorded_accesses(
        &self,
        scope: &ProgramScope,
        request: ListRecordedAccessesRequest,
    ) -> Result<ListRecordedAccessesResponse, Status>;
}

#[tonic::async_trait]
impl RecordsPort for MeshClient {
    async fn list_recorded_accesses(
        &self,
        scope: &ProgramScope,
        request: ListRecordedAccessesRequest,
    ) -> Result<ListRecordedAccessesResponse, Status> {
        let mut client = AccessRecordServiceClient::new(self.clone());
        client.list_recorded_accesses(for_program(scope, request)).await.map(Response::into_inner)
    }
}
