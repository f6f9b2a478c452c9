//! The kinds of duties: news of contacts and of the supervisor on call for intake, pages, and checks of the roster.

use harborline_types::{ContactId, TicketId, subject, text_enum};

text_enum! {
    /// A kind of duty.
    pub enum Task {
        /// Tell intake that a counselor has accepted. The subject is an [`AssignmentOf`].
        Assigned = "assigned",
        /// Tell intake that a counselor did not reconnect within the grace. The subject is an [`AssignmentOf`].
        CounselorLost = "counselor-lost",
        /// Tell intake which counselor has joined a contact by a transfer or a conference, or has left it. The subject
        /// is the ticket.
        Joined = "joined",
        /// Tell intake that the caller of a contact is offered the backup line. The subject is a [`ContactStep`].
        BackupOffered = "backup-offered",
        /// Page the supervisor on call. The subject is a [`TicketStep`].
        Page = "page",
        /// Tell intake of the supervisor on call. The subject is always `on-call`.
        Supervisor = "supervisor",
        /// Check for holes in the roster of the next 24 hours. The subject is always `next-day`.
        Coverage = "coverage",
        /// Name the first person of the on-call ladder supervisor on call. The subject is always `ladder`.
        Ladder = "on-call-ladder",
        /// Check for credentials that are about to end. The subject is always `expiring`.
        Credentials = "credentials",
        /// Send the notice of a credential that is about to end. The subject is the announcement.
        CredentialNotice = "credential-notice",
    }
}

subject! {
    /// One assignment of one contact.
    pub struct AssignmentOf {
        /// The contact.
        pub contact: ContactId,
        /// Which of its assignments, from 1.
        pub number: i32,
    }
}

subject! {
    /// One step of the ticket that stands for a contact.
    pub struct ContactStep {
        /// The contact.
        pub contact: ContactId,
        /// Which of the ticket's steps, from 1.
        pub step: i32,
    }
}

subject! {
    /// One step of one ticket.
    pub struct TicketStep {
        /// The ticket.
        pub ticket: TicketId,
        /// Which of its steps, from 1.
        pub step: i32,
    }
}
