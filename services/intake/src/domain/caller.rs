//! The identity of a caller, as far as it is vouched for (P6, P9).
//!
//! A front end speaks for its callers, and its word counts. A participant or a family member with an access token of their
//! own is who the token says, whatever the request says. An id that names nobody of the program is no reason to refuse: its
//! caller is unknown, and answered like everyone else.

use harborline_types::{CallerKind, ParticipantId, PersonId};

use super::returning::VerifiedCaller;

/// The holder of an access token that speaks for nobody else.
pub(crate) struct TokenHolder {
    pub(crate) id: PersonId,
    /// Whether the token is a participant's, and of which.
    pub(crate) is_participant: bool,
    pub(crate) is_family_member: bool,
    /// The participant that the token names.
    pub(crate) participant: Option<ParticipantId>,
}

/// The kind of a caller, and the participant concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) kind: CallerKind,
    /// The participant, or the one whom a family member calls about.
    pub(crate) participant: Option<ParticipantId>,
    /// How further contacts of the caller are found; none where nobody vouches for the caller.
    pub(crate) verified: Option<VerifiedCaller>,
    is_by_token: bool,
}

impl Identity {
    /// As a front end says.
    pub(crate) fn told(kind: CallerKind, participant: Option<ParticipantId>) -> Self {
        let participant = participant.filter(|_| kind != CallerKind::Unknown);
        let own = participant.filter(|_| kind == CallerKind::Participant);
        Self { kind, participant, verified: own.map(VerifiedCaller::participant), is_by_token: false }
    }

    /// As an access token says. A family member may say about whom, unless the token does; a holder who is both says in
    /// which part they call.
    pub(crate) fn of(holder: &TokenHolder, kind: CallerKind, about: Option<ParticipantId>) -> Self {
        let is_both = holder.is_participant && holder.is_family_member;
        if holder.is_participant && !(is_both && kind == CallerKind::FamilyMember) {
            let kind = CallerKind::Participant;
            let verified = match holder.participant {
                Some(id) => VerifiedCaller::participant(id),
                None => VerifiedCaller::token_holder(&holder.id, kind, None),
            };
            return Self { kind, participant: holder.participant, verified: Some(verified), is_by_token: true };
        }
        let kind = CallerKind::FamilyMember;
        let participant = holder.participant.filter(|_| !is_both).or(about);
        let verified = Some(VerifiedCaller::token_holder(&holder.id, kind, participant));
        Self { kind, participant, verified, is_by_token: true }
    }

    /// With the participant as the program knows them. Nobody's id names nobody; a family member's contacts are found in
    /// the same way either way, so that their number tells nothing.
    pub(crate) fn with_known(self, known: Option<ParticipantId>) -> Self {
        if known.is_some() {
            return self;
        }
        let kind = if self.kind == CallerKind::Participant { CallerKind::Unknown } else { self.kind };
        let verified = self.verified.filter(|_| self.is_by_token);
        Self { kind, participant: None, verified, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(is_participant: bool, is_family_member: bool, participant: Option<ParticipantId>) -> TokenHolder {
        TokenHolder { id: PersonId::parse("holder").unwrap(), is_participant, is_family_member, participant }
    }

    #[test]
    fn a_participants_token_says_which_and_nothing_else_does() {
        let (own, other) = (ParticipantId::new(), ParticipantId::new());
        for kind in [CallerKind::Participant, CallerKind::FamilyMember, CallerKind::Unknown] {
            let identity = Identity::of(&holder(true, false, Some(own)), kind, Some(other));
            assert_eq!((identity.kind, identity.participant), (CallerKind::Participant, Some(own)));
            assert_eq!(identity.verified, Some(VerifiedCaller::participant(own)));
        }
    }

    #[test]
    fn a_family_members_token_makes_nobody_a_participant() {
        let (named, asked) = (ParticipantId::new(), ParticipantId::new());
        for kind in [CallerKind::Participant, CallerKind::FamilyMember, CallerKind::Unknown] {
            let identity = Identity::of(&holder(false, true, Some(named)), kind, Some(asked));
            assert_eq!((identity.kind, identity.participant), (CallerKind::FamilyMember, Some(named)));
            let identity = Identity::of(&holder(false, true, None), kind, Some(asked));
            assert_eq!((identity.kind, identity.participant), (CallerKind::FamilyMember, Some(asked)));
        }
    }

    #[test]
    fn a_holder_who_is_both_calls_as_they_say() {
        let (own, asked) = (ParticipantId::new(), ParticipantId::new());
        let both = holder(true, true, Some(own));
        let identity = Identity::of(&both, CallerKind::FamilyMember, Some(asked));
        assert_eq!((identity.kind, identity.participant), (CallerKind::FamilyMember, Some(asked)));
        let identity = Identity::of(&both, CallerKind::Participant, Some(asked));
        assert_eq!((identity.kind, identity.participant), (CallerKind::Participant, Some(own)));
    }

    #[test]
    fn an_id_of_nobody_is_an_unknown_caller_and_a_family_members_contacts_are_found_as_before() {
        let id = ParticipantId::new();
        let told = Identity::told(CallerKind::Participant, Some(id)).with_known(None);
        assert_eq!((told.kind, told.participant, told.verified), (CallerKind::Unknown, None, None));
        let family = Identity::of(&holder(false, true, None), CallerKind::FamilyMember, Some(id));
        let nobody = family.clone().with_known(None);
        assert_eq!((nobody.kind, nobody.participant), (CallerKind::FamilyMember, None));
        assert_eq!(nobody.verified, family.with_known(Some(id)).verified);
    }

    #[test]
    fn an_unknown_caller_names_nobody() {
        let told = Identity::told(CallerKind::Unknown, Some(ParticipantId::new()));
        assert_eq!((told.participant, told.verified), (None, None));
    }
}
