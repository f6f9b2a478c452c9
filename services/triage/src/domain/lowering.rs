//! A lowering of a contact's acuity: judged by one person, and confirmed by another or not at all (P5).
//!
//! Until it is confirmed the level on record holds and nobody waits for it. It ends unconfirmed with its time, with any
//! newer assessment, which knows more than its judge did, and with another lowering of the contact.

use harborline_types::{Acuity, ContactId, LoweringId, PersonId, Phi, Timestamp, text_enum};

use super::acuity_rule::Judgment;

text_enum! {
    /// Where a lowering stands.
    pub enum LoweringState {
        /// Waits for the second person.
        Pending = "pending",
        /// Counts.
        Confirmed = "confirmed",
        /// Nobody confirmed it in time.
        Expired = "expired",
        /// Something newer took its place.
        Overtaken = "overtaken",
    }
}

/// One lowering.
#[derive(Clone)]
pub struct Lowering {
    /// Which.
    pub id: LoweringId,
    /// The contact.
    pub contact: ContactId,
    /// The level on record when it was judged.
    pub from: Acuity,
    /// The level that it would become.
    pub acuity: Acuity,
    /// Why.
    pub reason: Phi<String>,
    /// The counselor or supervisor by whom it was judged.
    pub judged_by: PersonId,
    /// When.
    pub judged_at: Timestamp,
    /// Until when it may be confirmed.
    pub expires_at: Timestamp,
    /// When it was confirmed, or something newer took its place.
    pub ended_at: Option<Timestamp>,
    /// The second person, once they have confirmed it.
    pub confirmed_by: Option<PersonId>,
}

/// A lowering does not wait for anybody any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lowering has ended")]
pub struct LoweringEnded(pub LoweringState);

impl Lowering {
    /// Where it stands.
    pub fn state(&self, now: Timestamp) -> LoweringState {
        match self.ended_at {
            _ if self.confirmed_by.is_some() => LoweringState::Confirmed,
            Some(ended_at) if ended_at < self.expires_at => LoweringState::Overtaken,
            None if now < self.expires_at => LoweringState::Pending,
            Some(_) | None => LoweringState::Expired,
        }
    }

    /// What is judged when `second` signs too. Whether that is somebody else, the acuity rule looks at.
    ///
    /// # Errors
    /// When it does not wait for anybody.
    pub fn signed_by(self, second: PersonId, now: Timestamp) -> Result<Judgment, LoweringEnded> {
        match self.state(now) {
            LoweringState::Pending => Ok(Judgment {
                acuity: self.acuity,
                reason: Some(self.reason),
                by: self.judged_by,
                second: Some(second),
            }),
            ended => Err(LoweringEnded(ended)),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn person(id: &str) -> PersonId {
        PersonId::parse(id).unwrap()
    }

    fn judged() -> Lowering {
        Lowering {
            id: LoweringId::new(),
            contact: ContactId::new(),
            from: Acuity::VeryHigh,
            acuity: Acuity::Routine,
            reason: Phi::default(),
            judged_by: person("c1"),
            judged_at: at(0),
            expires_at: at(30),
            ended_at: None,
            confirmed_by: None,
        }
    }

    #[test]
    fn it_is_signed_once_in_time_and_while_nothing_is_newer() {
        let state = |lowering: Lowering, minute| lowering.signed_by(person("s1"), at(minute)).map(drop);
        assert_eq!(state(judged(), 29), Ok(()));
        assert_eq!(state(judged(), 30), Err(LoweringEnded(LoweringState::Expired)));
        let ended = |minute| Lowering { ended_at: Some(at(minute)), ..judged() };
        assert_eq!(state(ended(10), 11), Err(LoweringEnded(LoweringState::Overtaken)));
        assert_eq!(state(ended(40), 41), Err(LoweringEnded(LoweringState::Expired)));
        let confirmed = Lowering { confirmed_by: Some(person("s1")), ..ended(10) };
        assert_eq!(state(confirmed, 11), Err(LoweringEnded(LoweringState::Confirmed)));
    }
}
