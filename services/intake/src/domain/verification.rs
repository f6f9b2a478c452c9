//! The phrase by which a participant is recognized when calling from elsewhere. Only its salted hash is kept.

use harborline_types::Phi;
use harborline_types::text::compared;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What is kept of a phrase.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PhraseHash {
    pub(crate) salt: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

impl PhraseHash {
    /// Hashes a phrase in the form by which texts are compared: spoken words have no case, spaces or accents of two kinds.
    pub(crate) fn of(phrase: &Phi<String>, salt: [u8; 16]) -> Self {
        let spoken = compared(phrase.expose());
        let hash = Sha256::new().chain_update(salt).chain_update(spoken.as_bytes()).finalize().to_vec();
        Self { salt: salt.to_vec(), hash }
    }

    /// One that no phrase has, to compare with where there is none.
    pub(crate) fn nobodys() -> Self {
        Self { salt: vec![0; 16], hash: Vec::new() }
    }

    /// Whether it is the hash of what somebody says. The time that it takes tells nothing of where the two differ.
    pub(crate) fn is_of(&self, said: &Phi<String>) -> bool {
        let Ok(salt) = self.salt.as_slice().try_into() else { return false };
        let said = Self::of(said, salt);
        self.hash.ct_eq(&said.hash).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(phrase: &str, salt: u8) -> Vec<u8> {
        PhraseHash::of(&Phi::new(phrase.to_owned()), [salt; 16]).hash
    }

    #[test]
    fn the_same_words_have_the_same_hash_and_other_words_or_salts_another() {
        assert_eq!(hash("Blue H\u{E9}ron", 1), hash(" blue  he\u{301}ron\u{FEFF} ", 1));
        assert_ne!(hash("blue heron", 1), hash("blue heron", 2));
        assert_ne!(hash("blue heron", 1), hash("green heron", 1));
    }

    #[test]
    fn what_somebody_says_is_the_phrase_or_not_and_nobodys_is_never() {
        let said = |said: &str| Phi::new(said.to_owned());
        let known = PhraseHash::of(&said("Blue H\u{E9}ron"), [7; 16]);
        assert!(known.is_of(&said("blue  he\u{301}ron")));
        assert!(!known.is_of(&said("green heron")) && !PhraseHash::nobodys().is_of(&said("blue heron")));
    }
}
