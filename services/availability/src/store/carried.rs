//! Hints that carry a call to the replica whose matcher leads the pool, and its outcome back.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use harborline_store::{HintKey, carried};
use harborline_types::{ContactId, PersonId, ProgramId, RequestId};
use uuid::Uuid;

use super::Post;
use crate::domain::matcher::Refused;

/// The outcome of a posted call, for the replica that posted it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum PostOutcome {
    /// The encoded answer, and the contact that it is about, if the matcher knows it.
    Done(Vec<u8>, Option<ContactId>),
    /// The call is refused.
    Refused(Refused),
    /// The answer does not fit into a hint, and is to be read from the store.
    Stored,
}

impl PostOutcome {
    /// Reads a post's id and its outcome from a hint.
    pub(crate) fn read(hint: &str) -> Option<(Uuid, Self)> {
        let (post, outcome) = carried(hint);
        let mut parts = outcome.unwrap_or_default().split(' ');
        let outcome = match parts.next()? {
            "done" => {
                let contact = parts.next()?.parse().ok();
                Self::Done(BASE64.decode(parts.next()?).ok()?, contact)
            }
            "refused" => Self::Refused(parts.next()?.parse().ok()?),
            _ => Self::Stored,
        };
        Some((post.parse().ok()?, outcome))
    }
}

/// Tells a replica the outcome of a call that it posted.
pub(crate) fn outcome_hint(replica: Uuid, program: ProgramId, post: Uuid, outcome: &PostOutcome) -> HintKey {
    let hint = HintKey::new("post-outcome", format_args!("{replica}/{program}/{post}")).to(replica);
    match outcome {
        PostOutcome::Done(answer, contact) => {
            let contact = contact.map_or_else(|| "-".to_owned(), |contact| contact.to_string());
            hint.carrying(&format!("done {contact} {}", BASE64.encode(answer)))
        }
        PostOutcome::Refused(refused) => hint.carrying(&format!("refused {}", refused.as_str())),
        PostOutcome::Stored => hint,
    }
}

/// Watched by a replica that posts calls.
pub(crate) fn outcomes_watch(replica: Uuid, program: ProgramId) -> HintKey {
    HintKey::new("post-outcome", format_args!("{replica}/{program}")).to(replica)
}

/// Carries a call to the replica that leads the pool, without a row; none when the call does not fit into a hint.
pub(crate) fn ask_hint(leader: Uuid, program: ProgramId, from: Uuid, post: &Post) -> Option<HintKey> {
    let person = post.person_id.as_ref().map(PersonId::as_str).unwrap_or_default();
    let texts = [post.caller.as_bytes(), person.as_bytes(), &post.body].map(|bytes| BASE64.encode(bytes)).join(" ");
    let carries = format!("{from} {} {} {texts}", post.method, post.request_id);
    let bare = HintKey::new("ask", format_args!("{leader}/{program}/{}", post.post_id)).to(leader);
    let carrying = bare.clone().carrying(&carries);
    (carrying != bare).then_some(carrying)
}

/// Watched by a replica that leads the pool of a program.
pub(crate) fn asks_watch(leader: Uuid, program: ProgramId) -> HintKey {
    HintKey::new("ask", format_args!("{leader}/{program}")).to(leader)
}

impl Post {
    /// Reads a call from its hint.
    pub(crate) fn read(hint: &str) -> Option<Self> {
        let (post, asked) = carried(hint);
        let mut parts = asked?.split(' ');
        let replica_id = Some(parts.next()?.parse().ok()?);
        let (method, request_id) = (parts.next()?.to_owned(), RequestId(parts.next()?.parse().ok()?));
        let mut bytes = || BASE64.decode(parts.next()?).ok();
        let (caller, person) = (String::from_utf8(bytes()?).ok()?, String::from_utf8(bytes()?).ok()?);
        let (person_id, body) = (PersonId::parse(&person), bytes()?);
        Some(Self { post_id: post.parse().ok()?, caller, method, request_id, person_id, body, replica_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(hint: &HintKey) -> &str {
        hint.as_str().splitn(4, '/').nth(3).unwrap()
    }

    #[test]
    fn a_call_is_asked_by_a_hint_as_it_is_posted_and_a_long_one_is_not() {
        let (program, [leader, from, post_id, request]) = (ProgramId::new(), [(); 4].map(|()| Uuid::new_v4()));
        let post = |body: usize, person_id| {
            let (caller, method) = ("person/ana of the night".to_owned(), "AcceptOffer".to_owned());
            let (request_id, body) = (RequestId(request), vec![0; body]);
            Post { post_id, caller, method, request_id, person_id, body, replica_id: Some(from) }
        };
        for post in [post(100, PersonId::parse("ana of the night")), post(0, None)] {
            let hint = ask_hint(leader, program, from, &post).unwrap();
            assert!(Post::read(below(&hint)) == Some(post));
        }
        assert_eq!(ask_hint(leader, program, from, &post(8_000, None)), None);
    }

    #[test]
    fn an_outcome_is_read_from_its_hint_as_it_was_written() {
        let (replica, program, post) = (Uuid::new_v4(), ProgramId::new(), Uuid::new_v4());
        let outcomes = [
            PostOutcome::Done(vec![1, 2, 3], Some(ContactId::new())),
            PostOutcome::Done(Vec::new(), None),
            PostOutcome::Refused(Refused::OfferClosed),
            PostOutcome::Stored,
        ];
        for outcome in outcomes {
            let hint = outcome_hint(replica, program, post, &outcome);
            assert!(PostOutcome::read(below(&hint)) == Some((post, outcome)));
        }
        let large = outcome_hint(replica, program, post, &PostOutcome::Done(vec![0; 8_000], None));
        assert!(PostOutcome::read(below(&large)) == Some((post, PostOutcome::Stored)));
    }
}
