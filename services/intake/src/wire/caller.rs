//! Identifications of callers between the domain and the contracts.

use harborline_proto::{common::v1 as common, intake::v1 as pb};
use harborline_types::wire::{number, timestamp};
use harborline_types::wire_enum;

use crate::domain::identification::{Identification, IdentificationBasis, Telling};

wire_enum!(IdentificationBasis, pb::IdentificationBasis { Phrase, Recognized, Stated });
wire_enum!(Telling, common::Telling { GeneralOnly, OwnRecords, AsDecided });

/// An identification as those see it who have the contact.
pub(crate) fn identification(identification: Identification) -> pb::Identification {
    pb::Identification {
        sequence: identification.sequence,
        participant_id: identification.who.participant.to_string(),
        caller: number(identification.who.caller),
        basis: number(identification.who.basis),
        telling: number(identification.who.telling()),
        identified_by: Some(identification.by.into()),
        identified_at: Some(timestamp(identification.at)),
        support_person_id: identification.who.support_person.map(|id| id.to_string()).unwrap_or_default(),
    }
}
