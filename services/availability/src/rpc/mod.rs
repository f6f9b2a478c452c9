//! Transport: unwrap, call, wrap. The story of each RPC is in the file of its name.

mod accept_offer;
mod answering;
mod attend;
mod coverage;
mod decline_offer;
mod desk;
mod explain_ticket;
mod finish_wrap_up;
mod get_assignment;
mod get_counselor;
mod get_measures;
mod get_pool;
mod get_ticket;
mod leave_shift;
mod list_counselors;
mod list_tickets;
mod local;
mod measured;
mod posted;
mod put_counselor;
mod put_pool;
mod put_supervisor_on_call;
mod raise_ticket;
mod release_counselor;
mod request_counselor;
mod set_break;
mod shifts;
mod transfer;
mod watch_board;
mod wire;
mod withdraw_ticket;

use std::sync::Arc;

use futures::stream::BoxStream;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_server::AttendService;
use harborline_proto::availability::v1::board_service_server::BoardService;
use harborline_proto::availability::v1::measure_service_server::MeasureService;
use harborline_proto::availability::v1::roster_service_server::RosterService;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::availability::v1::transfer_service_server::TransferService;
use harborline_status::answer;
use tonic::{Request, Response, Status};

use crate::app::App;

pub use attend::beat;
pub(crate) use desk::on_desk;
use posted::{
    ACCEPT_OFFER, CANCEL_TRANSFER, COMPLETE_TRANSFER, DECLINE_OFFER, END_CONFERENCE, FINISH_WRAP_UP, LEAVE_CONFERENCE,
    LEAVE_SHIFT, RAISE_TICKET, RELEASE_COUNSELOR, REQUEST_CONFERENCE, REQUEST_COUNSELOR, REQUEST_TRANSFER, SET_BREAK,
    WITHDRAW_TICKET,
};
pub(crate) use posted::{END_ASSIGNMENT, command, encoded};

/// The services over one replica.
#[derive(Clone)]
pub struct Services {
    app: Arc<App>,
}

impl Services {
    /// The services of this replica.
    pub fn new(app: Arc<App>) -> Self {
        Self { app }
    }
}

#[tonic::async_trait]
impl RosterService for Services {
    async fn put_pool(&self, request: Request<pb::PutPoolRequest>) -> Result<Response<pb::PutPoolResponse>, Status> {
        answer(put_pool::handle(&self.app, request).await)
    }

    async fn put_counselor(
        &self,
        request: Request<pb::PutCounselorRequest>,
    ) -> Result<Response<pb::PutCounselorResponse>, Status> {
        answer(put_counselor::handle(&self.app, request).await)
    }

    async fn get_pool(&self, request: Request<pb::GetPoolRequest>) -> Result<Response<pb::GetPoolResponse>, Status> {
        answer(get_pool::handle(&self.app, request).await)
    }

    async fn get_counselor(
        &self,
        request: Request<pb::GetCounselorRequest>,
    ) -> Result<Response<pb::GetCounselorResponse>, Status> {
        answer(get_counselor::handle(&self.app, request).await)
    }

    async fn list_counselors(
        &self,
        request: Request<pb::ListCounselorsRequest>,
    ) -> Result<Response<pb::ListCounselorsResponse>, Status> {
        answer(list_counselors::handle(&self.app, request).await)
    }

    async fn put_supervisor_on_call(
        &self,
        request: Request<pb::PutSupervisorOnCallRequest>,
    ) -> Result<Response<pb::PutSupervisorOnCallResponse>, Status> {
        answer(put_supervisor_on_call::handle(&self.app, request).await)
    }
}

#[tonic::async_trait]
impl AttendService for Services {
    type AttendStream = BoxStream<'static, Result<pb::AttendResponse, Status>>;

    async fn attend(&self, request: Request<pb::AttendRequest>) -> Result<Response<Self::AttendStream>, Status> {
        answer(attend::handle(&self.app, request).await)
    }

    async fn accept_offer(
        &self,
        request: Request<pb::AcceptOfferRequest>,
    ) -> Result<Response<pb::AcceptOfferResponse>, Status> {
        answer(accept_offer::handle(&self.app, request).await)
    }

    async fn decline_offer(
        &self,
        request: Request<pb::DeclineOfferRequest>,
    ) -> Result<Response<pb::DeclineOfferResponse>, Status> {
        answer(decline_offer::handle(&self.app, request).await)
    }

    async fn finish_wrap_up(
        &self,
        request: Request<pb::FinishWrapUpRequest>,
    ) -> Result<Response<pb::FinishWrapUpResponse>, Status> {
        answer(finish_wrap_up::handle(&self.app, request).await)
    }

    async fn set_break(&self, request: Request<pb::SetBreakRequest>) -> Result<Response<pb::SetBreakResponse>, Status> {
        answer(set_break::handle(&self.app, request).await)
    }

    async fn leave_shift(
        &self,
        request: Request<pb::LeaveShiftRequest>,
    ) -> Result<Response<pb::LeaveShiftResponse>, Status> {
        answer(leave_shift::handle(&self.app, request).await)
    }
}

#[tonic::async_trait]
impl TicketService for Services {
    async fn request_counselor(
        &self,
        request: Request<pb::RequestCounselorRequest>,
    ) -> Result<Response<pb::RequestCounselorResponse>, Status> {
        answer(request_counselor::handle(&self.app, request).await)
    }

    async fn raise_ticket(
        &self,
        request: Request<pb::RaiseTicketRequest>,
    ) -> Result<Response<pb::RaiseTicketResponse>, Status> {
        answer(raise_ticket::handle(&self.app, request).await)
    }

    async fn withdraw_ticket(
        &self,
        request: Request<pb::WithdrawTicketRequest>,
    ) -> Result<Response<pb::WithdrawTicketResponse>, Status> {
        answer(withdraw_ticket::handle(&self.app, request).await)
    }

    async fn release_counselor(
        &self,
        request: Request<pb::ReleaseCounselorRequest>,
    ) -> Result<Response<pb::ReleaseCounselorResponse>, Status> {
        answer(release_counselor::handle(&self.app, request).await)
    }

    async fn get_assignment(
        &self,
        request: Request<pb::GetAssignmentRequest>,
    ) -> Result<Response<pb::GetAssignmentResponse>, Status> {
        answer(get_assignment::handle(&self.app, request).await)
    }

    async fn get_ticket(
        &self,
        request: Request<pb::GetTicketRequest>,
    ) -> Result<Response<pb::GetTicketResponse>, Status> {
        answer(get_ticket::handle(&self.app, request).await)
    }

    async fn explain_ticket(
        &self,
        request: Request<pb::ExplainTicketRequest>,
    ) -> Result<Response<pb::ExplainTicketResponse>, Status> {
        answer(explain_ticket::handle(&self.app, request).await)
    }

    async fn list_tickets(
        &self,
        request: Request<pb::ListTicketsRequest>,
    ) -> Result<Response<pb::ListTicketsResponse>, Status> {
        answer(list_tickets::handle(&self.app, request).await)
    }
}

#[tonic::async_trait]
impl MeasureService for Services {
    async fn get_measures(
        &self,
        request: Request<pb::GetMeasuresRequest>,
    ) -> Result<Response<pb::GetMeasuresResponse>, Status> {
        answer(get_measures::handle(&self.app, request).await)
    }
}

#[tonic::async_trait]
impl BoardService for Services {
    type WatchBoardStream = BoxStream<'static, Result<pb::WatchBoardResponse, Status>>;

    async fn watch_board(
        &self,
        request: Request<pb::WatchBoardRequest>,
    ) -> Result<Response<Self::WatchBoardStream>, Status> {
        answer(watch_board::handle(&self.app, request).await)
    }
}

#[tonic::async_trait]
impl TransferService for Services {
    async fn request_transfer(
        &self,
        request: Request<pb::RequestTransferRequest>,
    ) -> Result<Response<pb::RequestTransferResponse>, Status> {
        answer(transfer::handle(&self.app, request, REQUEST_TRANSFER, transfer::request_transfer).await)
    }

    async fn complete_transfer(
        &self,
        request: Request<pb::CompleteTransferRequest>,
    ) -> Result<Response<pb::CompleteTransferResponse>, Status> {
        answer(transfer::handle(&self.app, request, COMPLETE_TRANSFER, transfer::complete_transfer).await)
    }

    async fn cancel_transfer(
        &self,
        request: Request<pb::CancelTransferRequest>,
    ) -> Result<Response<pb::CancelTransferResponse>, Status> {
        answer(transfer::handle(&self.app, request, CANCEL_TRANSFER, transfer::cancel_transfer).await)
    }

    async fn request_conference(
        &self,
        request: Request<pb::RequestConferenceRequest>,
    ) -> Result<Response<pb::RequestConferenceResponse>, Status> {
        answer(transfer::handle(&self.app, request, REQUEST_CONFERENCE, transfer::request_conference).await)
    }

    async fn leave_conference(
        &self,
        request: Request<pb::LeaveConferenceRequest>,
    ) -> Result<Response<pb::LeaveConferenceResponse>, Status> {
        answer(transfer::handle(&self.app, request, LEAVE_CONFERENCE, transfer::leave_conference).await)
    }

    async fn end_conference(
        &self,
        request: Request<pb::EndConferenceRequest>,
    ) -> Result<Response<pb::EndConferenceResponse>, Status> {
        answer(transfer::handle(&self.app, request, END_CONFERENCE, transfer::end_conference).await)
    }
}
