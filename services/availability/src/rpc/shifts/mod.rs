//! Who is to be on duty when. The story of each RPC is in the file of its name.

mod accept_shift_swap;
mod approve_shift_swap;
mod cancel_shift;
mod close_shift_swap;
mod get_on_call_ladder;
mod get_roster;
mod get_roster_rules;
mod list_shift_swaps;
mod list_shifts;
mod offer_shift_swap;
mod put_roster_rules;
mod put_shift;
mod swapping;

use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::shift_service_server::ShiftService;
use harborline_status::answer;
use tonic::{Request, Response, Status};

use super::Services;

#[tonic::async_trait]
impl ShiftService for Services {
    async fn put_roster_rules(
        &self,
        request: Request<pb::PutRosterRulesRequest>,
    ) -> Result<Response<pb::PutRosterRulesResponse>, Status> {
        answer(put_roster_rules::handle(&self.app, request).await)
    }

    async fn get_roster_rules(
        &self,
        request: Request<pb::GetRosterRulesRequest>,
    ) -> Result<Response<pb::GetRosterRulesResponse>, Status> {
        answer(get_roster_rules::handle(&self.app, request).await)
    }

    async fn put_shift(&self, request: Request<pb::PutShiftRequest>) -> Result<Response<pb::PutShiftResponse>, Status> {
        answer(put_shift::handle(&self.app, request).await)
    }

    async fn cancel_shift(
        &self,
        request: Request<pb::CancelShiftRequest>,
    ) -> Result<Response<pb::CancelShiftResponse>, Status> {
        answer(cancel_shift::handle(&self.app, request).await)
    }

    async fn list_shifts(
        &self,
        request: Request<pb::ListShiftsRequest>,
    ) -> Result<Response<pb::ListShiftsResponse>, Status> {
        answer(list_shifts::handle(&self.app, request).await)
    }

    async fn get_roster(
        &self,
        request: Request<pb::GetRosterRequest>,
    ) -> Result<Response<pb::GetRosterResponse>, Status> {
        answer(get_roster::handle(&self.app, request).await)
    }

    async fn get_on_call_ladder(
        &self,
        request: Request<pb::GetOnCallLadderRequest>,
    ) -> Result<Response<pb::GetOnCallLadderResponse>, Status> {
        answer(get_on_call_ladder::handle(&self.app, request).await)
    }

    async fn offer_shift_swap(
        &self,
        request: Request<pb::OfferShiftSwapRequest>,
    ) -> Result<Response<pb::OfferShiftSwapResponse>, Status> {
        answer(offer_shift_swap::handle(&self.app, request).await)
    }

    async fn accept_shift_swap(
        &self,
        request: Request<pb::AcceptShiftSwapRequest>,
    ) -> Result<Response<pb::AcceptShiftSwapResponse>, Status> {
        answer(accept_shift_swap::handle(&self.app, request).await)
    }

    async fn approve_shift_swap(
        &self,
        request: Request<pb::ApproveShiftSwapRequest>,
    ) -> Result<Response<pb::ApproveShiftSwapResponse>, Status> {
        answer(approve_shift_swap::handle(&self.app, request).await)
    }

    async fn close_shift_swap(
        &self,
        request: Request<pb::CloseShiftSwapRequest>,
    ) -> Result<Response<pb::CloseShiftSwapResponse>, Status> {
        answer(close_shift_swap::handle(&self.app, request).await)
    }

    async fn list_shift_swaps(
        &self,
        request: Request<pb::ListShiftSwapsRequest>,
    ) -> Result<Response<pb::ListShiftSwapsResponse>, Status> {
        answer(list_shift_swaps::handle(&self.app, request).await)
    }
}
