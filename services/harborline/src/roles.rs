//! The five roles, in one place: everything that is done "for each service" is written once.

use harborline_config::{ConfigErrors, Loaded, Source, load};
use harborline_identity::ServiceName;
use harborline_service::Role;

/// Does something with a role, whichever it is.
pub trait WithRole {
    /// What comes of it.
    type Output;

    /// Does it.
    fn with<R: Role>(self) -> Self::Output;
}

/// Hands the role of a service to `work`.
pub fn with_role<W: WithRole>(service: ServiceName, work: W) -> W::Output {
    match service {
        ServiceName::Intake => work.with::<harborline_intake::Intake>(),
        ServiceName::Triage => work.with::<harborline_triage::Triage>(),
        ServiceName::Availability => work.with::<harborline_availability::Availability>(),
        ServiceName::Referral => work.with::<harborline_referral::Referral>(),
        ServiceName::Followup => work.with::<harborline_followup::Followup>(),
    }
}

/// Loads a role's settings.
///
/// # Errors
/// Every fault of the settings at once.
pub fn settings_of<R: Role>(file: Option<std::path::PathBuf>) -> Result<Loaded<R::Settings>, ConfigErrors> {
    let neighbors: Vec<_> = R::NEIGHBORS.iter().map(|neighbor| neighbor.as_str()).collect();
    load(Source::new(R::NAME.as_str(), R::DEFAULTS).file(file).requires_neighbors(&neighbors))
}
