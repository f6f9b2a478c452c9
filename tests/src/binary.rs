//! The binary under test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

static BINARY: OnceLock<PathBuf> = OnceLock::new();

/// The `harborline` binary of this build. Built if need be, so that one crate's tests can be run alone.
///
/// # Panics
/// When it cannot be built.
pub fn binary() -> &'static Path {
    BINARY.get_or_init(|| {
        let test = std::env::current_exe().expect("a test knows its own path");
        let profile = test.ancestors().nth(2).expect("a test lies in target/<profile>/deps");
        let mut cargo = Command::new(harborline_config::environment("CARGO").unwrap_or_else(|| "cargo".to_owned()));
        cargo.args(["build", "--quiet", "--package", "harborline", "--bin", "harborline"]);
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        let built = cargo.status().expect("cargo runs");
        assert!(built.success(), "the binary does not build");
        profile.join("harborline")
    })
}
