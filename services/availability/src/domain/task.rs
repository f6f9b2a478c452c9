//! What availability owes: to intake the news of contacts and of the supervisor on call, to that supervisor a page, to the
//! program a look at its roster.

use harborline_types::text_enum;

text_enum! {
    /// A kind of duty.
    pub enum Task {
        /// Tell that a counselor has accepted. The subject is `<contact>/<assignment>`.
        Assigned = "assigned",
        /// Tell that a counselor's connection did not come back. The subject is `<contact>/<assignment>`.
        CounselorLost = "counselor-lost",
        /// Tell who has joined a contact by a transfer or a conference, or that nobody has any more. The subject is its
        /// ticket.
        Joined = "joined",
        /// Tell that nobody could take a contact in the program's time. The subject is `<contact>/<step>`.
        BackupOffered = "backup-offered",
        /// Page the supervisor on call. The subject is `<ticket>/<step>`.
        Page = "page",
        /// Tell who is supervisor on call. The subject is always `on-call`.
        Supervisor = "supervisor",
        /// Look for holes in the roster of the next 24 hours. The subject is always `next-day`.
        Coverage = "coverage",
        /// Name the first of the on-call ladder. The subject is always `ladder`.
        Ladder = "on-call-ladder",
        /// Look for credentials that are about to end. The subject is always `expiring`.
        Credentials = "credentials",
        /// Tell of such a credential. The subject is the announcement.
        CredentialNotice = "credential-notice",
    }
}
