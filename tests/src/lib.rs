//! The whole mesh under test.
