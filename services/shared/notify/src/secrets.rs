//! The secrets that pages are signed with, read from their file for each page.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;

use crate::NotifierError;
use crate::signature::is_secret;

/// One secret, or two while a new one takes the place of an old one.
pub(crate) struct Secrets {
    file: PathBuf,
    known: Mutex<Vec<SecretString>>,
}

impl Secrets {
    /// # Errors
    /// When the file cannot be read, or does not hold one or two secrets.
    pub(crate) fn open(file: &Path) -> Result<Self, NotifierError> {
        let known = parse(file, std::fs::read_to_string(file))?;
        Ok(Self { file: file.to_owned(), known: Mutex::new(known) })
    }

    /// The secrets of this moment; those known before, while the file is unusable.
    pub(crate) async fn current(&self) -> Vec<SecretString> {
        let read = parse(&self.file, tokio::fs::read_to_string(&self.file).await);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok(secrets) => *known = secrets,
            Err(error) => tracing::warn!(%error, "the secrets of the webhook cannot be read; the former ones stay"),
        }
        known.clone()
    }
}

fn parse(file: &Path, read: std::io::Result<String>) -> Result<Vec<SecretString>, NotifierError> {
    let text = read.map(SecretText).map_err(|source| NotifierError::Read { path: file.to_owned(), source })?;
    let secrets: Vec<_> = text.lines().map(SecretString::from).collect();
    let usable = (1..=2).contains(&secrets.len()) && text.lines().all(is_secret);
    if usable { Ok(secrets) } else { Err(NotifierError::Secrets { path: file.to_owned() }) }
}

/// The text of the file, which nobody prints.
struct SecretText(String);

impl SecretText {
    fn lines(&self) -> impl Iterator<Item = &str> {
        self.0.lines().map(str::trim).filter(|line| !line.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const ONE: &str = "b25lIHNlY3JldCwgYW5kIGxvbmcgZW5vdWdoIHRvIGJlIG9uZQ==";
    const TWO: &str = "whsec_dHdvIHNlY3JldHMsIGFuZCBsb25nIGVub3VnaCB0byBiZSB0d28=";

    fn parsed(text: &str) -> Result<Vec<String>, String> {
        let secrets = parse(Path::new("secrets"), Ok(text.to_owned())).map_err(|error| error.to_string())?;
        Ok(secrets.iter().map(|secret| secret.expose_secret().to_owned()).collect())
    }

    #[test]
    fn a_file_holds_one_secret_or_two() {
        assert_eq!(parsed(&format!("{ONE}\n")), Ok(vec![ONE.to_owned()]));
        assert_eq!(parsed(&format!("  {TWO}\r\n\n{ONE}")), Ok(vec![TWO.to_owned(), ONE.to_owned()]));
        for wrong in ["", "\n", "short\n", &format!("{ONE}\nshort"), &format!("{ONE}\n{TWO}\n{ONE}")] {
            let refused = parsed(wrong).unwrap_err();
            assert!(refused.contains("one or two secrets") && !refused.contains("short"), "{refused}");
        }
    }

    #[tokio::test]
    async fn while_the_file_is_unusable_the_secrets_known_last_stay() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secrets");
        assert!(Secrets::open(&file).is_err(), "without secrets nothing starts");
        std::fs::write(&file, ONE).unwrap();
        let secrets = Secrets::open(&file).unwrap();
        std::fs::write(&file, "half wri").unwrap();
        assert_eq!(secrets.current().await[0].expose_secret(), ONE);
        std::fs::write(&file, TWO).unwrap();
        assert_eq!(secrets.current().await[0].expose_secret(), TWO);
    }
}
