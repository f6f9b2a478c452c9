//! Emergencies on record: what permits a disclosure that nobody could consent to.

use harborline_types::text::is_blank;
use harborline_types::{BreakGlassId, FacilityId, ParticipantId, Person, Phi, Timestamp, text_enum};

text_enum! {
    /// What kind of emergency permits a disclosure.
    pub enum EmergencyKind {
        /// A medical emergency (42 CFR 2.51): to medical personnel only, whatever protects the information.
        Medical = "medical",
        /// A serious and imminent threat (45 CFR 164.512(j)): to who is able to lessen it. It does not override Part 2.
        Threat = "threat",
    }
}

/// An emergency on record. Recipient, discloser, time and nature are the four fields of 42 CFR 2.51; the rest is where
/// and for how long it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emergency {
    /// Its reference.
    pub id: BreakGlassId,
    /// Whose emergency.
    pub participant: ParticipantId,
    /// Which kind.
    pub kind: EmergencyKind,
    /// The first field: who is told, by name, and at which facility.
    pub recipient: Phi<String>,
    /// The facility of the recipient.
    pub facility: FacilityId,
    /// The second field: who discloses.
    pub discloser: Person,
    /// The third field: when.
    pub at: Timestamp,
    /// The fourth field: the nature of the emergency.
    pub nature: Phi<String>,
    /// From this instant on it permits nothing.
    pub ends_at: Timestamp,
}

impl Emergency {
    /// Whether all four fields are there.
    pub fn is_complete(&self) -> bool {
        let said = |text: &str| !is_blank(text);
        said(self.recipient.expose()) && said(&self.discloser.name) && said(self.nature.expose())
    }

    /// Whether it lasts at that instant.
    pub fn lasts(&self, now: Timestamp) -> bool {
        self.at <= now && now < self.ends_at
    }
}
