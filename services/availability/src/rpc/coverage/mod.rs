//! Whether enough of the right people will be on duty. The story of each RPC is in the file of its name.

mod forecast_coverage;
mod get_coverage;
mod list_coverage_requirements;
mod put_coverage_requirement;
mod remove_coverage_requirement;
mod requirement;

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::coverage_service_server::CoverageService;
use harborline_status::answer;
use tonic::{Request, Response, Status};

use super::Services;

#[tonic::async_trait]
impl CoverageService for Services {
    async fn put_coverage_requirement(
        &self,
        request: Request<pb::PutCoverageRequirementRequest>,
    ) -> Result<Response<pb::PutCoverageRequirementResponse>, Status> {
        answer(put_coverage_requirement::handle(&self.app, request).await)
    }

    async fn remove_coverage_requirement(
        &self,
        request: Request<pb::RemoveCoverageRequirementRequest>,
    ) -> Result<Response<pb::RemoveCoverageRequirementResponse>, Status> {
        answer(remove_coverage_requirement::handle(&self.app, request).await)
    }

    async fn list_coverage_requirements(
        &self,
        request: Request<pb::ListCoverageRequirementsRequest>,
    ) -> Result<Response<pb::ListCoverageRequirementsResponse>, Status> {
        answer(list_coverage_requirements::handle(&self.app, request).await)
    }

    async fn get_coverage(
        &self,
        request: Request<pb::GetCoverageRequest>,
    ) -> Result<Response<pb::GetCoverageResponse>, Status> {
        answer(get_coverage::handle(&self.app, request).await)
    }

    async fn forecast_coverage(
        &self,
        request: Request<pb::ForecastCoverageRequest>,
    ) -> Result<Response<pb::ForecastCoverageResponse>, Status> {
        answer(forecast_coverage::handle(&self.app, request).await)
    }
}
