//! What must travel with information under 42 CFR Part 2, as types.
//!
//! Such content is read from a store into [`Part2`], which gives nothing away. [`Part2::disclose`] wants the notice and
//! the reference, and [`Disclosed::into_answer`] hands all three together to the code that builds the answer: there is no
//! way to the content alone.
//!
//! ```
//! use harborline_disclosure::{Notice, Part2, Reference};
//! use harborline_types::{ConsentId, Phi};
//!
//! let content = Part2::new("what the clinic must know".to_owned());
//! let reference = Reference::consent(ConsentId::new(), Phi::new("what the consent covers".to_owned()));
//! let (summary, notice, _reference) =
//!     content.disclose(Notice::short(), reference).into_answer(|content, notice, reference| (content, notice, reference));
//! assert_eq!(summary, "what the clinic must know");
//! assert!(notice.text().starts_with("42 CFR part 2"));
//! ```
//!
//! The content does not come out of its wrapper, neither by its field nor by printing it:
//!
//! ```compile_fail,E0616
//! let content = harborline_disclosure::Part2::new("content".to_owned());
//! let leaked = content.0;
//! ```
//!
//! ```compile_fail,E0277
//! let content = harborline_disclosure::Part2::new("content".to_owned());
//! let leaked = format!("{content:?}");
//! ```
//!
//! A disclosure is not built without the notice and the reference, and not by hand:
//!
//! ```compile_fail,E0061
//! use harborline_disclosure::{Notice, Part2};
//! let disclosed = Part2::new("content".to_owned()).disclose(Notice::short());
//! ```
//!
//! ```compile_fail,E0308
//! use harborline_disclosure::{Part2, Reference};
//! use harborline_types::BreakGlassId;
//! let reference = Reference::emergency(BreakGlassId::new());
//! let disclosed = Part2::new("content".to_owned()).disclose("a notice", reference);
//! ```
//!
//! ```compile_fail,E0451
//! use harborline_disclosure::{Disclosed, Notice, Reference};
//! use harborline_types::BreakGlassId;
//! let reference = Reference::emergency(BreakGlassId::new());
//! let disclosed = Disclosed { content: "content", notice: Notice::short(), reference };
//! ```
//!
//! Nor is a notice anybody's words, or a reference to nothing:
//!
//! ```compile_fail,E0423
//! let notice = harborline_disclosure::Notice("do as you like");
//! ```
//!
//! ```compile_fail,E0061
//! let reference = harborline_disclosure::Reference::consent();
//! ```
//!
//! And a disclosure is not taken apart:
//!
//! ```compile_fail,E0616
//! use harborline_disclosure::{Notice, Part2, Reference};
//! use harborline_types::BreakGlassId;
//! let reference = Reference::emergency(BreakGlassId::new());
//! let disclosed = Part2::new("content".to_owned()).disclose(Notice::short(), reference);
//! let leaked = disclosed.content;
//! ```

use harborline_types::{BreakGlassId, ConsentId, Phi};

/// Content under 42 CFR Part 2, on its way to somebody outside the program. It prints nothing.
pub struct Part2<T>(T);

impl<T> Part2<T> {
    /// Wraps content as soon as it is known to be under Part 2: where a store reads it.
    pub fn new(content: T) -> Self {
        Self(content)
    }

    /// Discloses it, with the notice and on the ground of what is referred to.
    pub fn disclose(self, notice: Notice, reference: Reference) -> Disclosed<T> {
        Disclosed { content: self.0, notice, reference }
    }
}

/// Content under 42 CFR Part 2 with all that must travel with it.
#[must_use]
pub struct Disclosed<T> {
    content: T,
    notice: Notice,
    reference: Reference,
}

impl<T> Disclosed<T> {
    /// On what ground, for the record.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// Builds the answer that carries all of it.
    pub fn into_answer<A>(self, build: impl FnOnce(T, Notice, Reference) -> A) -> A {
        build(self.content, self.notice, self.reference)
    }
}

/// What 42 CFR 2.32 wants a disclosure to be accompanied by.
///
/// It is the short form (Statement 2). Its wording is weakly sourced: counsel must compare it with the current text of
/// the section before the first real disclosure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice(&'static str);

impl Notice {
    /// The short form.
    pub const fn short() -> Self {
        Self("42 CFR part 2 prohibits unauthorized use or disclosure of these records")
    }

    /// The notice that another service has sent with its permission; none when it is not a notice of ours.
    pub fn received(text: &str) -> Option<Self> {
        (text == Self::short().text()).then(Self::short)
    }

    /// Its words.
    pub const fn text(self) -> &'static str {
        self.0
    }
}

/// On what ground content under Part 2 is disclosed: a consent with its scope, or an emergency on record.
#[derive(Clone, PartialEq, Eq)]
pub struct Reference(Ground);

#[derive(Clone, PartialEq, Eq)]
enum Ground {
    Consent(ConsentId, Phi<String>),
    Emergency(BreakGlassId),
}

impl Reference {
    /// A consent in force, and the explanation of its scope that travels with it.
    pub fn consent(id: ConsentId, scope: Phi<String>) -> Self {
        Self(Ground::Consent(id, scope))
    }

    /// A medical emergency on record with its four fields.
    pub fn emergency(id: BreakGlassId) -> Self {
        Self(Ground::Emergency(id))
    }

    /// The consent.
    pub fn consent_id(&self) -> Option<ConsentId> {
        match &self.0 {
            Ground::Consent(id, _) => Some(*id),
            Ground::Emergency(_) => None,
        }
    }

    /// What the consent covers, in words for the recipient.
    pub fn consent_scope(&self) -> Option<&Phi<String>> {
        match &self.0 {
            Ground::Consent(_, scope) => Some(scope),
            Ground::Emergency(_) => None,
        }
    }

    /// The emergency.
    pub fn emergency_id(&self) -> Option<BreakGlassId> {
        match &self.0 {
            Ground::Consent(..) => None,
            Ground::Emergency(id) => Some(*id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_in_other_words_is_none() {
        assert_eq!(Notice::received(Notice::short().text()), Some(Notice::short()));
        assert_eq!(Notice::received(""), None);
        assert_eq!(Notice::received("do as you like"), None);
    }

    #[test]
    fn content_reaches_an_answer_only_with_its_notice_and_its_ground() {
        let id = BreakGlassId::new();
        let disclosed = Part2::new("content").disclose(Notice::short(), Reference::emergency(id));
        assert_eq!(disclosed.reference().emergency_id(), Some(id));
        let answer = disclosed.into_answer(|content, notice, reference| (content, notice, reference.consent_id()));
        assert_eq!(answer, ("content", Notice::short(), None));
    }
}
