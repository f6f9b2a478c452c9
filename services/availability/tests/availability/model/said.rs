//! Calls that can be repeated through any replica.

use harborline_availability::Rpc;
use harborline_identity::Call;
use harborline_proto::availability::v1 as pb;
use harborline_proto::availability::v1::attend_service_server::AttendService;
use harborline_proto::availability::v1::ticket_service_server::TicketService;
use harborline_proto::availability::v1::transfer_service_server::TransferService;
use harborline_testkit::{request, wait_until};
use prost::Message;
use tonic::{Code, Response, Status};

/// The request of a call.
#[derive(Clone)]
pub(super) enum Asks {
    Counselor(pb::RequestCounselorRequest),
    Raise(pb::RaiseTicketRequest),
    Withdraw(pb::WithdrawTicketRequest),
    Release(pb::ReleaseCounselorRequest),
    Accept(pb::AcceptOfferRequest),
    Decline(pb::DeclineOfferRequest),
    FinishWrapUp(pb::FinishWrapUpRequest),
    SetBreak(pb::SetBreakRequest),
    LeaveShift(pb::LeaveShiftRequest),
    Transfer(pb::RequestTransferRequest),
    CancelTransfer(pb::CancelTransferRequest),
}

/// A call, with the person or service that makes it.
#[derive(Clone)]
pub(super) struct Said {
    pub(super) by: Call,
    pub(super) asks: Asks,
}

impl Said {
    /// Makes the call, and repeats it while the outcome is unknown (UNAVAILABLE). Answers the encoded response.
    pub(super) async fn through(&self, services: &Rpc) -> Result<Vec<u8>, Status> {
        wait_until("a replica answers", || async {
            match self.once(services).await {
                Err(status) if status.code() == Code::Unavailable => None,
                answer => Some(answer),
            }
        })
        .await
    }

    async fn once(&self, services: &Rpc) -> Result<Vec<u8>, Status> {
        let by = &self.by;
        match self.asks.clone() {
            Asks::Counselor(message) => encoded(services.request_counselor(request(by, message)).await),
            Asks::Raise(message) => encoded(services.raise_ticket(request(by, message)).await),
            Asks::Withdraw(message) => encoded(services.withdraw_ticket(request(by, message)).await),
            Asks::Release(message) => encoded(services.release_counselor(request(by, message)).await),
            Asks::Accept(message) => encoded(services.accept_offer(request(by, message)).await),
            Asks::Decline(message) => encoded(services.decline_offer(request(by, message)).await),
            Asks::FinishWrapUp(message) => encoded(services.finish_wrap_up(request(by, message)).await),
            Asks::SetBreak(message) => encoded(services.set_break(request(by, message)).await),
            Asks::LeaveShift(message) => encoded(services.leave_shift(request(by, message)).await),
            Asks::Transfer(message) => encoded(services.request_transfer(request(by, message)).await),
            Asks::CancelTransfer(message) => encoded(services.cancel_transfer(request(by, message)).await),
        }
    }
}

fn encoded(answer: Result<Response<impl Message>, Status>) -> Result<Vec<u8>, Status> {
    answer.map(|answer| answer.into_inner().encode_to_vec())
}
