//! Who there is: roles of people, names of services.

use harborline_types::text_enum;

text_enum! {
    /// What the holder of an access token may act as.
    pub enum Role {
        /// An application that opens contacts for callers.
        FrontEnd = "front_end",
        /// A participant, through the program's app.
        Participant = "participant",
        /// A family member.
        FamilyMember = "family_member",
        /// Answers contacts.
        Counselor = "counselor",
        /// Answers for the line while on call.
        Supervisor = "supervisor",
        /// Treats participants between contacts.
        CareTeam = "care_team",
        /// Sets up the program and its roster.
        Administrator = "administrator",
        /// A partner clinic.
        Clinic = "clinic",
        /// Reads records of access.
        Auditor = "auditor",
    }
}

text_enum! {
    /// One of the five services.
    pub enum ServiceName {
        /// Contacts, participants, custody.
        Intake = "intake",
        /// Assessments.
        Triage = "triage",
        /// Counselors and the queue.
        Availability = "availability",
        /// Referrals and the partner contract.
        Referral = "referral",
        /// Follow-up plans.
        Followup = "followup",
    }
}

impl ServiceName {
    /// The name in a service's certificate.
    pub fn spiffe_id(self) -> String {
        format!("spiffe://harborline/{self}")
    }

    /// The service that a certificate names.
    pub fn from_spiffe_id(uri: &str) -> Option<Self> {
        uri.strip_prefix("spiffe://harborline/")?.parse().ok()
    }
}
