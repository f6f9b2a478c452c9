//! An intake that knows contacts, for the services that ask what one is.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use harborline_contacts::{Described, Hub, Standing};
use harborline_identity::ProgramScope;
use harborline_status::{Reason, ServiceError};
use harborline_types::{Acuity, ContactId, ParticipantId, PersonId};
use tonic::Status;

/// An intake in which every contact and participant exists and everybody is assigned, but for what a test says.
#[derive(Default)]
pub struct KnowingHub {
    said: Mutex<Said>,
}

#[derive(Default)]
struct Said {
    unknown: BTreeSet<ContactId>,
    unassigned: Option<PersonId>,
    broke_glass: Option<PersonId>,
    participant: Option<ParticipantId>,
    called: Option<Acuity>,
    down: bool,
    questions: u32,
}

impl KnowingHub {
    /// From now on there is no such contact.
    pub fn forgets(&self, contact: ContactId) {
        self.with(|said| said.unknown.insert(contact));
    }

    /// From now on this person has nothing to do with any contact.
    pub fn unassigns(&self, person: &str) {
        self.with(|said| said.unassigned = PersonId::parse(person));
    }

    /// From now on this person has emergency access to everybody's record.
    pub fn breaks_glass(&self, person: &str) {
        self.with(|said| said.broke_glass = PersonId::parse(person));
    }

    /// From now on every contact is this participant's.
    pub fn tells_of(&self, participant: ParticipantId) {
        self.with(|said| said.participant = Some(participant));
    }

    /// From now on every contact is a call of ours, which follows up somebody of this acuity.
    pub fn calls(&self, acuity: Acuity) {
        self.with(|said| said.called = Some(acuity));
    }

    /// From now on it answers nobody, or again.
    pub fn is_down(&self, down: bool) {
        self.with(|said| said.down = down);
    }

    /// How often it was asked.
    pub fn questions(&self) -> u32 {
        self.with(|said| said.questions)
    }

    fn with<T>(&self, look: impl FnOnce(&mut Said) -> T) -> T {
        look(&mut self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn asked(&self) -> Result<(), Status> {
        self.with(|said| said.questions += 1);
        if self.with(|said| said.down) {
            return Err(ServiceError::unavailable("intake does not answer", "as the test wants").into());
        }
        Ok(())
    }

    fn assigned(&self, person: Option<&PersonId>) -> bool {
        person.is_some() && self.with(|said| said.unassigned.as_ref() != person)
    }

    fn has_broken_glass(&self, person: Option<&PersonId>) -> bool {
        person.is_some() && self.with(|said| said.broke_glass.as_ref() == person)
    }
}

#[tonic::async_trait]
impl Hub for KnowingHub {
    async fn describe_contact(
        &self,
        _scope: &ProgramScope,
        contact: ContactId,
        person: Option<PersonId>,
    ) -> Result<Described, Status> {
        self.asked()?;
        if self.with(|said| said.unknown.contains(&contact)) {
            return Err(ServiceError::not_found(Reason::ContactNotFound, "contact", contact).into());
        }
        let participant = self.with(|said| said.participant);
        Ok(Described {
            participant,
            origin: None,
            is_outbound: self.with(|said| said.called.is_some()),
            acuity: self.with(|said| said.called),
            is_assigned: self.assigned(person.as_ref()),
            has_broken_glass: self.has_broken_glass(person.as_ref()),
        })
    }

    async fn describe_participant(
        &self,
        _scope: &ProgramScope,
        _participant: ParticipantId,
        person: PersonId,
    ) -> Result<Standing, Status> {
        self.asked()?;
        let (is_assigned, has_broken_glass) = (self.assigned(Some(&person)), self.has_broken_glass(Some(&person)));
        Ok(Standing { is_assigned, has_broken_glass })
    }
}
