//! `TicketService`: intake asks for counselors, and the tickets of its contacts in the queue.

mod explain_ticket;
mod get_assignment;
mod get_ticket;
mod list_tickets;
mod raise_ticket;
mod release_counselor;
mod request_counselor;
mod request_second_counselor;
mod withdraw_ticket;

use super::Rpc;

harborline_proto::delegate!(availability::v1::TicketService for Rpc);
