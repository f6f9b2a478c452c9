//! What triage owes to intake.

use harborline_types::text_enum;

text_enum! {
    /// A kind of duty.
    pub enum Task {
        /// Tell a contact's newest assessment. The subject is the contact.
        Report = "report",
        /// Tell that a lowering waits for the second person, or does not any more. The subject is the lowering.
        Lowering = "lowering",
    }
}
