//! Personal and health information.

use std::fmt;

/// A value that belongs to somebody in care: it can be stored and sent to who may see it, but never printed.
///
/// It has no `Display`, and its `Debug` shows only that something is there. [`Phi::expose`] is the one way in, so that
/// every place that reads such a value can be found by its name.
///
/// ```compile_fail,E0277
/// let words = harborline_types::Phi::new("what somebody said".to_owned());
/// let line = format!("{words}");
/// ```
///
/// ```compile_fail,E0599
/// let words = harborline_types::Phi::new("what somebody said".to_owned());
/// let line = words.to_string();
/// ```
#[derive(Clone, PartialEq, Eq, Default, sqlx::Type)]
#[sqlx(transparent)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// Reads the value, for storing it or for an answer to somebody who may see it.
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// Takes the value out, for an answer to somebody who may see it.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> From<T> for Phi<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phi(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_information_does_not_print() {
        let words = Phi::new("marker".to_owned());
        assert!(!format!("{words:?} {:?}", Some(&words)).contains("marker"));
        assert_eq!(words.expose(), "marker");
    }
}
